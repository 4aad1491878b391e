/** How often keys and addresses called in their current window, counted in the database so that many processes count together. */
import { sql } from 'kysely'
import type { Db, Instant, Tx } from '../../db/schema.ts'
import { toInstant } from './time.ts'

export interface WindowStart {
  key: string
  starts_at: Instant
}

/** By how much the clocks of two processes may differ: the faster one's next window is the slower one's too. */
const TOLERATED_SECONDS = 5

/**
 * Counts one request in each window, in one statement of its own. A window that starts later than the stored one begins anew,
 * and so does one whose stored start is still to come: a clock that was ahead for a while wrote it, and it would refuse
 * everyone until then.
 * @returns how often each window was used, this request included
 */
export async function countInWindows(db: Db, windows: WindowStart[], now: Instant): Promise<Map<string, number>> {
  const latest = toInstant(Temporal.Instant.from(now).add({ seconds: TOLERATED_SECONDS }))
  const counts = sql`rate_window.starts_at between excluded.starts_at and ${latest}`
  const rows = await db
    .insertInto('rate_window')
    // Always in the same order: two requests never wait for each other.
    .values(windows.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map((window) => ({ ...window, used: 1 })))
    .onConflict((clash) =>
      clash.column('key').doUpdateSet({
        used: sql<number>`case when ${counts} then rate_window.used + 1 else 1 end`,
        starts_at: sql<Instant>`case when ${counts} then rate_window.starts_at else excluded.starts_at end`,
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
