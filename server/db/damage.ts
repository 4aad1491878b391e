/** Damage below the rows: pages a disk or a program outside changed, rows whose parent is gone. */
import { sql } from 'kysely'
import type { Tx } from './schema.ts'

const SHOWN = 10

/** What SQLite finds wrong in its own file, in its words; every page is read. */
export async function damageOfFile(tx: Tx): Promise<string[]> {
  const { rows } = await sql.raw<{ integrity_check: string }>(`pragma integrity_check(${SHOWN})`).execute(tx)
  return rows.flatMap(({ integrity_check }) => integrity_check.split('\n')).filter((line) => line !== 'ok')
}

/** Rows of a SQLite file that name a row which is not there; PostgreSQL does not let them be. */
export async function lostParents(tx: Tx): Promise<string[]> {
  const { rows } = await sql
    .raw<{ child: string; rowid: number | null; parent: string }>(
      `select "table" as child, rowid, parent from pragma_foreign_key_check limit ${SHOWN}`,
    )
    .execute(tx)
  return rows.map(({ child, rowid, parent }) => `${child} ${rowid ?? '(a row)'} names a ${parent} that is not there`)
}

/** Whether a query failed because of what is stored: SQLITE_CORRUPT and SQLITE_NOTADB, PostgreSQL's class XX. */
export const isDamage = (error: unknown): error is Error =>
  error instanceof Error &&
  (('errcode' in error && [11, 26].includes(Number(error.errcode) % 256)) ||
    ('code' in error && /^XX00[12]$/.test(String(error.code))))
