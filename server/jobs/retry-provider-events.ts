/** Provider events that were stored but not processed (an error, a crash in between) are tried again when their time comes. */
import type { Context } from '../context.ts'
import { dueEvents } from '../core/payment/inbox.ts'
import { processStoredEvent } from '../providers/intake.ts'
import { retried } from '../db/retried.ts'

const AT_ONCE = 100

export async function retryProviderEvents(context: Pick<Context, 'db' | 'clock' | 'sealer'>): Promise<void> {
  const { db, clock } = context
  const due = await retried(db, (tx) => dueEvents(tx, clock.now(), AT_ONCE))
  for (const id of due) await processStoredEvent(context, id)
}
