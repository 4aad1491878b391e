/** Provider events that were stored but not processed (an error, a crash in between) are tried again when their time comes. */
import type { Context } from '../context.ts'
import { dueEvents } from '../core/inbox.ts'
import { processStoredEvent } from '../providers/intake.ts'

const AT_ONCE = 100

export async function retryProviderEvents({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<void> {
  const due = await db.transaction().execute((tx) => dueEvents(tx, clock.now(), AT_ONCE))
  for (const id of due) await processStoredEvent(db, id, clock.now())
}
