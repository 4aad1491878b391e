/** fetch for the APIs of payment providers: waits when told that it asks too much, goes nowhere else than asked, and reads no answer without end. */
import { setTimeout } from 'node:timers/promises'
import { boundedResponse } from './bounded.ts'

const ATTEMPTS = 4
const LONGEST_PAUSE_MS = 20_000
/** For everything, the reading of the answer too: Stripe's SDK stops looking at the time once the headers are there. */
const LONGEST_MS = 120_000
/** A page of a hundred invoices has about one. */
const MOST_BYTES = 16 * 1024 * 1024

/** Sends the same request again, with the same Idempotency-Key, as long as `init.signal` allows. */
export const patientFetch: typeof fetch = async (input, init) => {
  const deadline = AbortSignal.timeout(LONGEST_MS)
  const signal = init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(input, { ...init, signal, redirect: 'error' })
    if (response.status !== 429 || attempt === ATTEMPTS) return boundedResponse(response, MOST_BYTES)
    await response.body?.cancel()
    await setTimeout(pauseAfter(response, attempt), undefined, { signal })
  }
}

function pauseAfter(response: Response, attempt: number): number {
  const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
  const pause = asked >= 0 ? asked : 250 * 2 ** attempt
  return Math.min(pause, LONGEST_PAUSE_MS)
}
