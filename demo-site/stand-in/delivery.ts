/** Delivers a webhook the way Stripe does: signed anew for each attempt, and tried again later when it was not taken. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Stripe } from 'stripe'

/** Stripe goes on for three days; the stand-in gives up after about half a minute. */
const pausesInSeconds = [1, 2, 3, 5, 8, 13]
const timeoutInSeconds = 10

export interface Attempt {
  at: Date
  delivered: boolean
  /** What came back, in words: `HTTP 200` or `no connection`. */
  outcome: string
}

export interface Delivery {
  attempts: Attempt[]
  state: 'waiting' | 'delivered' | 'given_up'
  nextAttemptAt: Date | null
  /** Settles after the first attempt, whatever its outcome. */
  firstAttempt: Promise<void>
}

/** Begins at once and goes on by itself; `signal` ends it. */
export function deliver(url: string, event: { id: string }, secret: string, signal: AbortSignal): Delivery {
  const payload = JSON.stringify(event)
  const first = Promise.withResolvers<void>()
  const delivery: Delivery = { attempts: [], state: 'waiting', nextAttemptAt: null, firstAttempt: first.promise }

  const run = async () => {
    for (const pause of [...pausesInSeconds, null]) {
      const attempt = await post(url, payload, secret, signal)
      delivery.attempts.push(attempt)
      delivery.state = attempt.delivered ? 'delivered' : pause === null ? 'given_up' : 'waiting'
      delivery.nextAttemptAt = attempt.delivered || pause === null ? null : new Date(Date.now() + pause * 1000)
      first.resolve()
      if (attempt.delivered || pause === null) return
      await sleep(pause * 1000, undefined, { signal, ref: false })
    }
  }
  run().catch(() => first.resolve())
  return delivery
}

async function post(url: string, payload: string, secret: string, signal: AbortSignal): Promise<Attempt> {
  const at = new Date()
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret }),
        'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      },
      body: payload,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutInSeconds * 1000)]),
    })
    return { at, delivered: response.ok, outcome: `HTTP ${response.status}` }
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError'
    return { at, delivered: false, outcome: late ? `no answer in ${timeoutInSeconds} seconds` : 'no connection' }
  }
}
