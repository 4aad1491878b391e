/** How often keys and addresses called in their current window, counted in the database so that many processes count together. */
import { sql } from 'kysely'
import type { Db, Instant, Tx } from '../db/schema.ts'

export interface WindowStart {
  key: string
  starts_at: Instant
}

/**
 * Counts one request in each window, in one statement of its own. A window that starts later than the stored one begins anew.
 * @returns how often each window was used, this request included
 */
export async function countInWindows(db: Db, windows: WindowStart[]): Promise<Map<string, number>> {
  const rows = await db
    .insertInto('rate_window')
    // Always in the same order: two requests never wait for each other.
    .values(windows.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map((window) => ({ ...window, used: 1 })))
    .onConflict((clash) =>
      clash.column('key').doUpdateSet({
        used: sql<number>`case when rate_window.starts_at < excluded.starts_at then 1 else rate_window.used + 1 end`,
        starts_at: sql<Instant>`case when rate_window.starts_at < excluded.starts_at then excluded.starts_at
          else rate_window.starts_at end`,
      }),
    )
    .returning(['key', 'used'])
    .execute()
  return new Map(rows.map(({ key, used }) => [key, used]))
}

/** Removes windows that started before `cutoff`. */
export async function forgetWindows(tx: Tx, cutoff: Instant): Promise<void> {
  await tx.deleteFrom('rate_window').where('starts_at', '<', cutoff).execute()
}
