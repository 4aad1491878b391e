/** Carries clicks and conversions to the API, also while the page is being left. */
import { allowed, heldCode, readCookie, storage } from './memory.ts'
import { api, projectId } from './options.ts'
import { look, seen } from './referral.ts'
import { safely, say } from './say.ts'

interface Report {
  idempotency_key?: string
}

/**
 * Posts as text/plain, which needs no preflight. Resolves after the first attempt, so that nobody who awaits a conversion
 * before he leaves the page waits for the retries, which follow on their own with growing delay. What has an idempotency
 * key is kept before it is sent, for the page may be gone before anybody can say whether it arrived; sent twice, it
 * counts once.
 */
export const send: (what: string, report: Report, delay?: number) => unknown = async (
  what: string,
  report: Report,
  delay = 500,
  status?: unknown,
) => {
  // Consent may have been withdrawn while a retry waited.
  if (!allowed) return
  report = {
    project_id: projectId,
    referral_code: heldCode(),
    click_id: readCookie('refgrow_click'),
    url: location.href,
    version: VERSION,
    ...report,
  } as Report
  const body = JSON.stringify(report)
  const key = report.idempotency_key
  if (key) seen[key] = safely(() => (storage[key] = body))()
  try {
    const response = await fetch(new URL('api/track/' + what, api), {
      method: 'POST',
      body,
      credentials: 'include',
      keepalive: true,
    })
    status = response.status
    if ((status as number) < 429) {
      delay = 1e4
      delete storage[key!]
    }
    const { settings } = (await response.json()) as { settings?: string }
    if (settings && allowed) look((storage['refgrow'] = settings))
  } catch (error) {
    // Offline, or the site's content security policy does not list the API; or an answer that says nothing.
    status ??= error
  }
  say(what + ' answered ' + (status as string))
  if (delay < 5e3) setTimeout(send, delay, what, report, delay * 3)
}
