/** Who referred this visitor, and may it be known: found in the landing address, remembered, reported as a click. */
import { convert } from './conversion.ts'
import { decorate } from './links.ts'
import { allow, allowed, chosen, cookieAttributes, heldCode, readCookie, remember, storage } from './memory.ts'
import { before, consent, param } from './options.ts'
import { pick } from './pick.ts'
import { safely, say } from './say.ts'
import { send } from './send.ts'

type Call = Parameters<typeof convert>

/** What the page said with `Refgrow.consent()`; undefined as long as it said nothing. */
let answer: boolean | undefined

/** Codes and conversions this page has met: going back to one is no second click, kept ones are sent once a page. */
export const seen: Record<string, unknown> = {}

/** Whoever was remembered when somebody else arrived: code and click. */
let first: (string | undefined)[] = []

/** Tells of elements that come later. */
let observer: MutationObserver | undefined

/** Calls made before we may work: by the stub, before init(), before consent, before a prerendered page is shown. */
const waiting = (before.q || []) as Call[]

export const refgrow: (...call: Call) => unknown = async (...call) => (allowed ? convert(...call) : waiting.push(call))

export const setAnswer = (yes: boolean): void => {
  answer = yes
  if (!yes) delete storage['refgrow']
  look()
}

/**
 * Looks at the page as it is now: at first, after every navigation within it, after every answer that brings the
 * project's choices, and whenever the page asks for it. What was done before is not done again.
 */
export const look: (...reason: unknown[]) => void = safely(() => {
  // The browser's signal counts where the project honours it and the visitor did not say otherwise to this very site.
  if (!answer && chosen('gpc') && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl) answer = false
  if (answer === false) {
    remember()
    first = []
    for (const name in storage) if (name.match('^refgrow ')) delete storage[name]
  }
  if (!allow(!(document as { prerendering?: boolean }).prerendering && (answer ?? !consent))) return say('no consent')

  // The address as it was before a router cleaned it, then the address of now.
  const [landing] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  ;[landing?.name, location.href].forEach((url) => {
    const code = pick(url, param)
    // Reloading a landing page, or coming back to it (the types with an o), is not another click.
    if (!code || code in seen || (landing?.type.match('o') && code == heldCode())) return
    seen[code] = true
    // Our own redirect has counted the click already and says under which id.
    const click = pick(url, 'refgrow_click') || Math.random().toFixed(20).slice(2)
    if (!first[0]) first = [heldCode(), readCookie('refgrow_click')]
    remember(code, click)

    // The API knows more bots by their names; this one saves the others the request.
    if (navigator.webdriver || navigator.userAgent.match('Headless|[Bb]ot/')) say('no click for a bot')
    else
      send(
        'click',
        {
          click_id: click,
          url,
          referrer: document.referrer,
          cookie: param + cookieAttributes,
          // In a page of another site the browser takes no cookie of ours (SameSite=Lax): nobody chose to come here.
          framed: window != top && readCookie('refgrow_click') != click,
        } as object,
        2e3,
      )
  })
  if (first[0] && chosen('first_click')) remember(...first)
  if (heldCode()) {
    seen[heldCode()!] = true
    // Only a referred visitor is watched. The browser itself ignores what is already registered.
    ;['pointerdown', 'click', 'auxclick'].forEach((type) => addEventListener(type, decorate, true))
    ;(observer ??= new MutationObserver(() => decorate([]))).observe(document, { childList: true, subtree: true })
    decorate([])
  } else say('no referral')

  waiting.splice(0).forEach((call) => refgrow(...call))
  for (const name in storage)
    if (name.match('^refgrow ') && !(name in seen)) send('event', JSON.parse(storage[name]!) as object)
})
