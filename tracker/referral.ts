/** Who referred this visitor: found in the landing address, remembered, reported as a click. */
import { convert } from './conversion.ts'
import { watchLinks } from './links.ts'
import { acceptedDomain, allowed, credit, decide, heldCode, kept, pick, seen } from './memory.ts'
import { before, cookieDays, param } from './options.ts'
import { safely, say } from './say.ts'
import { send } from './send.ts'

type Call = Parameters<typeof convert>

/** Calls made before we may work: by the stub, before init(), before consent, before a prerendered page is shown. */
const waiting = (before?.q ?? []) as Call[]

export const refgrow = async (...call: Call): Promise<unknown> => (allowed ? convert(...call) : void waiting.push(call))

/** Looks at the page as it is now: at first, after every navigation within it, and whenever the page asks for it. */
export const look: () => void = safely(() => {
  if ((document as { prerendering?: boolean }).prerendering) {
    document.addEventListener('prerenderingchange', look)
    return
  }
  decide()
  if (!allowed) {
    say('no consent')
    return
  }

  // The address as it was before a router cleaned it, then the address of now.
  const landing = performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined
  // Reloading a landing page, or coming back to it, is not another click.
  if (/^[rb]/.test(landing?.type as string)) seen[heldCode()!] = true
  for (const url of [landing?.name, location.href]) {
    const code = pick(url, param)
    if (code && !seen[code]) arrive(code, url!)
  }
  seen[heldCode()!] = true
  if (heldCode()) watchLinks()
  else say('no referral')

  for (const call of waiting.splice(0)) void refgrow(...call)
  for (const [key, event] of Object.entries(kept as Record<string, { type?: string }>)) {
    if (event?.type && !seen[key]) void send('event', event, 500, key)
  }
})

function arrive(code: string, url: string): void {
  seen[code] = true
  // Our own redirect has counted the click already and says under which id.
  const click = pick(url, 'refgrow_click') || Date.now().toString(36) + Math.random().toString(36).slice(2)
  credit(code, click)

  if (navigator.webdriver || /headless|[^u]bot|crawl|spider/i.test(navigator.userAgent)) say('no click for a bot')
  else {
    const report = {
      referral_code: code,
      click_id: click,
      url,
      referrer: document.referrer,
      cookie_domain: acceptedDomain,
      cookie_days: +cookieDays,
      param,
    }
    void send('click', report, 2e3)
  }
}
