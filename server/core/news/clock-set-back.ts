/** Finds out that the clock was set back: something is on record that has not happened yet. */
import type { Instant, Tx } from '../../db/schema.ts'

const TOLERATED_MS = 5000

/** @returns when the newest event was recorded, if that is more than five seconds after `now` */
export async function newestFromFuture(tx: Tx, now: Instant): Promise<Instant | undefined> {
  const newest = await tx.selectFrom('event').select('created_at').orderBy('id', 'desc').limit(1).executeTakeFirst()
  if (!newest || Date.parse(newest.created_at) - Date.parse(now) <= TOLERATED_MS) return undefined
  return newest.created_at
}
