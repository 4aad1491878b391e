/** Whether the database takes a write: one row that is there for nothing else is written. */
import { sql } from 'kysely'
import { unavailability } from './failure.ts'
import type { Engine } from './open.ts'
import type { Db, Instant } from './schema.ts'

/** @returns why it takes none, as the end of a sentence that begins with "The database"; undefined: it does */
export async function whyNoWrite(db: Db, engine: Engine, now: Instant): Promise<string | undefined> {
  try {
    await (engine === 'sqlite' ? growAndShrink(db, now) : touch(db, now))
    return undefined
  } catch (error) {
    const reason = unavailability(error)
    if (reason === undefined) throw error
    return engine === 'postgres' && reason === READ_ONLY ? whyReadOnly(db) : reason
  }
}

const READ_ONLY = 'is read-only'

/** One statement outside of a transaction: it holds no lock that a process which is paused could keep. */
const touch = (db: Db, now: Instant) => db.updateTable('heartbeat').set({ at: now }).execute()

/** A disk that is nearly full still takes a small write: as much as a sale needs is asked for, and given back. */
async function growAndShrink(db: Db, now: Instant): Promise<void> {
  await db
    .updateTable('heartbeat')
    .set({ at: now, filler: 'x'.repeat(SALE_BYTES) })
    .execute()
  await db.updateTable('heartbeat').set({ filler: '' }).execute()
}

/** Some thirty pages. */
const SALE_BYTES = 128 * 1024

async function whyReadOnly(db: Db): Promise<string> {
  const { rows } = await sql<{ standby: boolean }>`select pg_is_in_recovery() as standby`.execute(db)
  return rows[0]?.standby
    ? `${READ_ONLY}: it is a standby, so DATABASE_URL must lead to the primary`
    : `${READ_ONLY}: default_transaction_read_only is on`
}
