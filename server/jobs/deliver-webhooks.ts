/** Sends what waits in the outbox of webhooks: each endpoint in a lane of its own, so that a slow one delays only itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { claimDelivery, endpointsDue, recordAttempt } from '../core/news/attempt.ts'
import { type SendOptions, sendWebhook } from '../outbound/send-webhook.ts'
import { withPayoutPreferences } from './payout-preferences.ts'
import type { JobContext } from './job.ts'
import { retried } from '../db/retried.ts'

/** Endpoints that are sent to at the same time, each one delivery after the other. */
const LANES = 256
/** How soon a new event is noticed while others are on their way; when none are, the schedule says. */
const LOOK_AGAIN_MS = 1000

export interface DeliveryOptions extends SendOptions {
  /** From 0 to 1, for the jitter. */
  random?: () => number
}

/** Ends when nothing is due and nothing on its way; when stopped, as soon as what is on its way has arrived. */
export async function deliverWebhooks(
  context: Pick<JobContext, 'db' | 'clock' | 'sealer' | 'log'>,
  stop: AbortSignal,
  options: DeliveryOptions = {},
): Promise<void> {
  const { db, clock, log } = context
  const lanes = new Map<number, Promise<void>>()
  const pause = (signal: AbortSignal) => sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {})
  const open = (endpointId: number) =>
    deliverTo(endpointId, context, stop, options)
      .catch((error: unknown) => {
        log.error({ err: error, webhook: endpointId }, 'webhook deliveries failed')
        return pause(stop)
      })
      .finally(() => lanes.delete(endpointId))

  try {
    while (!stop.aborted) {
      for (const endpointId of await endpointsDue(db, clock.now()))
        if (!lanes.has(endpointId) && lanes.size < LANES) lanes.set(endpointId, open(endpointId))
      if (lanes.size === 0) return
      const arrived = new AbortController()
      await Promise.race([...lanes.values(), pause(AbortSignal.any([stop, arrived.signal]))])
      arrived.abort()
    }
  } finally {
    await Promise.all(lanes.values())
  }
}

/** One delivery after the other, until none is due. Killed in between, the claim runs out and it is sent again. */
async function deliverTo(
  endpointId: number,
  context: Pick<JobContext, 'db' | 'clock' | 'sealer' | 'log'>,
  stop: AbortSignal,
  { random = Math.random, ...options }: DeliveryOptions,
): Promise<void> {
  const { db, clock, log } = context
  while (!stop.aborted) {
    const claim = await retried(db, (tx) => claimDelivery(tx, endpointId, clock.now()))
    if (!claim) return
    const told = await withPayoutPreferences(context, claim).catch((error: unknown) => {
      log.error({ err: error, webhook: endpointId }, 'payout preferences could not be read; an event goes without them')
      return claim
    })
    const attempt = await sendWebhook(context, told, options)
    const { disabled } = await retried(db, (tx) =>
      recordAttempt(tx, claim, attempt, { now: clock.now(), random: random() }),
    )
    if (disabled) log.warn({ webhook: endpointId, project: claim.delivery.project_id, disabled }, 'webhook disabled')
  }
}
