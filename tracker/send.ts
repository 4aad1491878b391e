/** Carries clicks and conversions to the API, also while the page is being left. */
import { allowed, heldClick, heldCode, keep, learn, seen } from './memory.ts'
import { api, projectId } from './options.ts'
import { say } from './say.ts'

interface Answer {
  data: { settings?: Parameters<typeof learn>[0] }
}

/**
 * Posts as text/plain, which needs no preflight. Resolves after the first attempt, so that nobody who awaits a conversion
 * before he leaves the page waits for the retries, which follow on their own with growing delay.
 */
export async function send(what: 'click' | 'event', report: object, delay: number, key = ''): Promise<void> {
  if (!allowed) return
  const body: object = {
    project_id: projectId,
    referral_code: heldCode(),
    click_id: heldClick(),
    url: location.href,
    version: '1',
    ...report,
  }
  // Kept before it is sent: the page may be gone before anybody can say whether it arrived. Sent twice, it counts once.
  if (key) {
    seen[key] = true
    keep(key, body)
  }
  let status: number | undefined
  try {
    const json = JSON.stringify(body)
    const response = await fetch(new URL(`api/track/${what}`, api), {
      method: 'POST',
      body: json,
      credentials: 'include',
      keepalive: json.length < 6e4,
    })
    status = response.status
    learn(((await response.json()) as Answer).data.settings)
  } catch {
    // Offline, or the site's content security policy does not list the API; or an answer that says nothing.
  }

  const taken = status! < 429
  if (taken && key) keep(key)

  if (taken || delay > 5e3) say(`${what} answered with ${status}`)
  else setTimeout(() => void send(what, body, delay * 3, key), delay)
}
