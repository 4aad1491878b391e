/** Who referred this visitor: found in the landing address, remembered, reported as a click. */
import { convert } from './conversion.ts'
import { watchLinks } from './links.ts'
import {
  acceptedDomain,
  forget,
  heldClick,
  heldCode,
  keep,
  kept,
  pick,
  recall,
  remember,
  type Settings,
} from './memory.ts'
import { before, consent, cookieDays, param } from './options.ts'
import { safely, say } from './say.ts'
import { send } from './send.ts'

/** Nothing is read, kept or sent before this is true. */
export let allowed = false

/** What the page said with `Refgrow.consent()`; undefined as long as it said nothing. */
let answer: boolean | undefined

/** Codes and conversions this page has met: going back to one is no second click, kept ones are sent once a page. */
export const seen: Record<string, boolean> = {}

/** Who was remembered before the last arrival. */
let earlier: (string | undefined)[]

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
  allowed = answer ?? consent !== 'required'
  if (allowed) recall()
  obey()
  if (!allowed) {
    say('nothing is done without consent')
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
  else say('nobody referred this visitor')

  for (const call of waiting.splice(0)) void refgrow(...call)
  for (const [key, event] of Object.entries(kept as Record<string, { type?: string }>)) {
    if (event?.type && !seen[key]) void send('event', event, 500, key)
    seen[key] = true
  }
})

function arrive(code: string, url: string): void {
  seen[code] = true
  earlier = [heldCode(), heldClick()]
  const click = Date.now().toString(36) + Math.random().toString(36).slice(2)
  if (firstCounts()) say('the first click counts')
  else remember(code, click)

  if (navigator.webdriver || /headless|[^u]bot|crawl|spider/i.test(navigator.userAgent)) say('no click, a bot')
  else {
    const { referrer } = document
    const cookie = { cookie_domain: acceptedDomain, cookie_days: +cookieDays, param }
    void send('click', { referral_code: code, click_id: click, url, referrer, ...cookie }, 2e3)
  }
}

/** The API answers a click with what the project has chosen. */
export function learn(settings?: Settings): void {
  if (!settings) return
  keep('settings', settings)
  if (firstCounts()) remember(...earlier)
  obey()
}

const firstCounts = () => kept.settings?.attribution === 'first' && earlier[0]

/** The browser's signal counts where the project honours it and the visitor did not say otherwise to this very site. */
function obey(): void {
  const { settings } = kept
  if (answer == null && settings?.gpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) {
    forget()
    keep('settings', settings)
    allowed = false
  }
}

export function consentIs(yes: boolean): void {
  if (!yes) forget()
  answer = yes
  look()
}
