/** Carries clicks and conversions to the API, also while the page is being left. */
import { api, script } from './options.ts'
import { allowed } from './consent.ts'
import type { Conversion } from './conversion.ts'
import { safely } from './safely.ts'
import { say } from './say.ts'
import { load, save, type Settings } from './storage.ts'

interface Answer {
  error?: string
  data?: { settings?: Settings }
}

/**
 * Posts as text/plain, which needs no preflight. Resolves after the first attempt, so that nobody who awaits a conversion
 * before he leaves the page waits for the retries, which follow on their own with growing delay.
 */
type Send = (what: string, body: object, retries: number, learn?: (settings: Settings) => void, delay?: number) => unknown

export const send: Send = safely(
  async (what: string, body: object, retries: number, learn?: (settings: Settings) => void, delay = 500) => {
    if (!allowed) return
    const json = JSON.stringify(body)
    let response: Response | undefined
    try {
      response = await fetch(new URL(`/api/track/${what}`, api || script?.src || location.href), {
        method: 'POST',
        body: json,
        credentials: 'include',
        keepalive: json.length < 6e4,
      })
    } catch {
      // Offline, or the site's content security policy does not list the API.
    }

    const lost = !response || response.status > 499 || response.status === 429
    if ('type' in body) remember(body as Conversion, lost)
    if (lost) {
      if (retries) setTimeout(send, delay, what, body, retries - 1, learn, delay * 3)
      else say(`no ${what} could be sent: the API did not answer`)
      return
    }

    const answer = (await response!.json()) as Answer
    say(answer.error ? `${what} refused: ${answer.error}` : `${what} sent: ${json}`)
    if (answer.data?.settings) learn?.(answer.data.settings)
    return answer.data
  },
)

/** An undelivered conversion waits in storage, where the next page finds it even when this one is closed meanwhile. */
function remember(conversion: Conversion, lost: boolean): void {
  const before = load().outbox ?? []
  const others = before.filter((kept) => kept.idempotency_key !== conversion.idempotency_key)
  if (lost) others.push(conversion)
  if (lost || others.length < before.length) save({ outbox: others.slice(-50) })
}

/** Sends what an earlier page could not. */
export function sendKept(): void {
  for (const conversion of load().outbox ?? []) send('event', conversion, 3)
}
