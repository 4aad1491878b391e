/** Carries clicks and conversions to the API, also while the page is being left. */
import { allowed } from './consent.ts'
import { heldCode, readCookie } from './cookies.ts'
import { api, projectId } from './options.ts'
import { safely, say } from './say.ts'
import { seen } from './seen.ts'
import { type Choices, storage } from './storage.ts'

type Report = Record<string, unknown>

/** Milliseconds: nothing is tried again after this long or longer; a conversion then waits for the next page. */
const LONGEST_DELAY = 5000

/**
 * Resolves after the first attempt, so that nobody who awaits a conversion before they leave the page waits for the
 * others, which follow with growing delay. A report with an idempotency key is kept until the API has answered, because
 * the page may be gone before; sent twice, it counts once.
 */
export const send: (
  what: 'click' | 'event',
  report: Report,
  delay?: number,
  afterChoices?: () => void,
) => unknown = async (what, report, delay = 500, afterChoices) => {
  // Consent may have been withdrawn while a retry waited.
  if (!allowed) return
  // What a retry or an earlier page filled in already stays as it was.
  report = {
    project_id: projectId,
    referral_code: heldCode(),
    click_id: readCookie('refgrow_click'),
    url: location.href,
    version: VERSION,
    ...report,
  }
  const body = JSON.stringify(report)
  const key = report['idempotency_key'] as string
  if (key) {
    seen.push(key)
    safely(() => (storage[key] = body))()
  }

  let outcome: unknown
  try {
    // A body of text needs no preflight, and keepalive lets the request outlive the page.
    const response = await fetch(new URL('api/track/' + what, api), {
      method: 'POST',
      body,
      credentials: 'include',
      keepalive: true,
    })
    outcome = response.status
    if ((outcome as number) < 429) {
      delay = LONGEST_DELAY
      delete storage[key]
    }
    const { choices } = (await response.json()) as { choices?: Choices }
    if (choices && allowed) {
      storage['refgrow'] = JSON.stringify(choices)
      afterChoices!()
    }
  } catch (error) {
    // Offline, or the site's content security policy does not list the API; or an answer that is not JSON.
    outcome ??= error
  }
  say(what + ' answered ' + (outcome as string))
  if (delay < LONGEST_DELAY) setTimeout(send, delay, what, report, delay * 3, afterChoices)
}
