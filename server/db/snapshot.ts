/** Long reads that must agree with themselves: they see one moment of the database, and writers go on beside them. */
import { sql } from 'kysely'
import { engineOf, openToRead } from './open.ts'
import type { Tx } from './schema.ts'

/**
 * Runs `read` in one read-only transaction, over a connection of its own, without the limits that statements of requests have.
 * On SQLite each query keeps its thread busy: read in pages, so that a server that does this goes on answering between them.
 * @throws Error when there is no such database: it is not created
 */
export async function inSnapshot<T>(url: string, read: (tx: Tx) => Promise<T>): Promise<T> {
  const db = openToRead(url)
  try {
    return await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (tx) => {
        await (engineOf(url) === 'postgres' ? liftLimits(tx) : look(tx))
        return read(tx)
      })
  } finally {
    await db.destroy().catch(() => {})
  }
}

/** SQLite takes the snapshot with the first read, not with `begin`. */
const look = (tx: Tx) => sql`select 1 from sqlite_schema limit 1`.execute(tx)

/** For this transaction alone: it may take minutes, and waits for whoever reads its rows. */
const liftLimits = (tx: Tx) =>
  sql`select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`.execute(
    tx,
  )
