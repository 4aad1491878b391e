/** Processing one stored provider event: apply it and mark it, in one transaction; keep the error when that fails. */
import type { Context } from '../context.ts'
import { applyPaymentEvent } from '../core/payment/apply.ts'
import { isErasing } from '../core/erasure/walk.ts'
import { claimEvent, findEvent, markApplied, markFailed, waitingEvents } from '../core/payment/inbox.ts'
import type { PaymentEvent } from '../core/payment/event.ts'
import { getProject } from '../core/project/project.ts'
import type { ProviderEvent } from '../db/schema.ts'
import { withCodes } from './discount-codes.ts'
import { providerNamed } from './registry.ts'
import { retried } from '../db/retried.ts'

/** How many waiting refunds and disputes one new sale looks through, the newest first; the others are tried by the job. */
const WAKE_AT_ONCE = 50

/**
 * Never throws for the event's own sake: what went wrong is stored with it and tried again later. A processed event may be
 * what others waited for: they are tried right after it.
 * @returns the error's message, if any
 */
export async function processStoredEvent(context: Ours, id: number): Promise<string | undefined> {
  try {
    const done = await applyOne(context, id)
    if (done?.woke)
      for (const waiting of done.woke)
        await applyOne(context, waiting).catch((error: unknown) => keep(context, waiting, error))
    return undefined
  } catch (error) {
    return keep(context, id, error)
  }
}

type Ours = Pick<Context, 'db' | 'clock' | 'sealer'>

/** The provider may be asked for what the event does not tell: before the transaction, which waits for nobody else. */
async function applyOne(context: Ours, id: number): Promise<{ woke: number[] } | undefined> {
  const { db, clock } = context
  const stored = await findEvent(db, id)
  if (!stored) return undefined
  const told = await withCodes(context, stored, parse(stored))
  const now = clock.now()
  return retried(db, async (tx) => {
    const event = await claimEvent(tx, id, now)
    if (!event) return undefined
    // What came before somebody was erased would bring them back.
    const stale = event.payload !== stored.payload
    if (stale || (event.received_at < now && (await isErasing(tx, event.project_id, event.received_at))))
      throw new Error('Somebody is being erased from what is stored; this event is tried again after that')
    const project = await getProject(tx, event.project_id)
    const applied = await applyPaymentEvent(tx, project, told, now)
    await markApplied(tx, id, applied, now)
    const woke = applied.status === 'processed' ? await waitingEvents(tx, project.id, event.provider, WAKE_AT_ONCE) : []
    return { woke }
  })
}

function parse({ provider, type, payload }: ProviderEvent): PaymentEvent {
  try {
    return providerNamed(provider).parse(payload)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Error(`${provider} ${type} is not of the shape it should have: ${error.message}`, { cause: error })
  }
}

async function keep({ db, clock }: Ours, id: number, error: unknown): Promise<string> {
  const message = error instanceof Error ? error.message : String(error)
  await retried(db, (tx) => markFailed(tx, id, message, clock.now()))
  return message
}
