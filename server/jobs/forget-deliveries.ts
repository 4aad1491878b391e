/** Finished webhook deliveries and mails, whose bodies name people, are kept for a month; the feed keeps what happened. */
import type { Context } from '../context.ts'
import { addHours } from '../core/kit/time.ts'

const KEPT_DAYS = 30
/** In steps, so that nobody waits long for the database. */
const AT_ONCE = 1000

export async function forgetDeliveries({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> {
  const before = addHours(clock.now(), -24 * KEPT_DAYS)
  for (const table of ['webhook_delivery', 'mail'] as const) {
    for (let removed = AT_ONCE; removed === AT_ONCE;) {
      const old = await db
        .selectFrom(table)
        .select('id')
        .where('status', '<>', 'pending')
        .where('created_at', '<', before)
        .orderBy('id')
        .limit(AT_ONCE)
        .execute()
      removed = old.length
      const ids = old.map(({ id }) => id)
      if (removed > 0) await db.deleteFrom(table).where('id', 'in', ids).execute()
    }
  }
}
