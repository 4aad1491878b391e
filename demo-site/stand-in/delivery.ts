/** Delivers webhooks the way providers do: signed anew for each attempt, and tried again later when one was not taken. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message, StandIn } from './provider.ts'

/** Real providers go on for minutes or days; the stand-in gives up after about half a minute. */
const pausesInSeconds = [1, 2, 3, 5, 8, 13]
const timeoutInSeconds = 10

export interface Attempt {
  at: Date
  type: string
  delivered: boolean
  /** What came back, in words: `HTTP 200` or `no connection`. */
  outcome: string
}

export interface Delivery {
  attempts: Attempt[]
  state: 'waiting' | 'delivered' | 'given_up'
  nextAttemptAt: Date | null
  /** Settles when everything was taken, or after the first attempt that was not. */
  firstRound: Promise<void>
}

/** Begins at once and goes on by itself, one message after the other; `signal` ends it. */
export function deliver(
  url: string,
  messages: Message[],
  standIn: StandIn,
  secret: string,
  signal: AbortSignal,
): Delivery {
  const first = Promise.withResolvers<void>()
  const delivery: Delivery = { attempts: [], state: 'waiting', nextAttemptAt: null, firstRound: first.promise }

  /** @returns false when it was given up */
  const send = async (message: Message) => {
    for (const pause of [...pausesInSeconds, null]) {
      const attempt = await post(url, message, standIn, secret, signal)
      delivery.attempts.push(attempt)
      delivery.nextAttemptAt = attempt.delivered || pause === null ? null : new Date(Date.now() + pause * 1000)
      if (attempt.delivered) return true
      first.resolve()
      if (pause !== null) await sleep(pause * 1000, undefined, { signal, ref: false })
    }
    return false
  }
  const run = async () => {
    for (const message of messages) {
      if (await send(message)) continue
      delivery.state = 'given_up'
      return
    }
    delivery.state = 'delivered'
  }
  void run()
    .catch(() => {})
    .then(first.resolve)
  return delivery
}

async function post(
  url: string,
  message: Message,
  standIn: StandIn,
  secret: string,
  signal: AbortSignal,
): Promise<Attempt> {
  const at = new Date()
  const { type, body } = message
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': `Halfpage demo (stand-in for ${standIn.title})`,
        ...standIn.sign(message, secret),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutInSeconds * 1000)]),
    })
    return { at, type, delivered: response.ok, outcome: `HTTP ${response.status}` }
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError'
    return { at, type, delivered: false, outcome: late ? `no answer in ${timeoutInSeconds} seconds` : 'no connection' }
  }
}
