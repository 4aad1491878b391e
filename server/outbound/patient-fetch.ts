/** fetch for the APIs of payment providers: waits when told that it asks too much, and goes nowhere else than asked. */
import { setTimeout } from 'node:timers/promises'

const ATTEMPTS = 4
const LONGEST_PAUSE_MS = 20_000

/** Sends the same request again, with the same Idempotency-Key, as long as `init.signal` allows. */
export const patientFetch: typeof fetch = async (input, init) => {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(input, { ...init, redirect: 'error' })
    if (response.status !== 429 || attempt === ATTEMPTS) return response
    await response.body?.cancel()
    await setTimeout(pauseAfter(response, attempt), undefined, init?.signal ? { signal: init.signal } : {})
  }
}

function pauseAfter(response: Response, attempt: number): number {
  const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000
  const pause = asked >= 0 ? asked : 250 * 2 ** attempt
  return Math.min(pause, LONGEST_PAUSE_MS)
}
