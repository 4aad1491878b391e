/** Who referred this visitor: found in the landing address, remembered, reported as a click. */
import { allowed, answer, decide, setAnswer } from './consent.ts'
import { convert } from './conversion.ts'
import { cookieAttributes, heldCode, readCookie, remember } from './cookies.ts'
import { decorate } from './links.ts'
import { before, type Call, param } from './options.ts'
import { pick } from './pick.ts'
import { safely, say } from './say.ts'
import { seen } from './seen.ts'
import { send } from './send.ts'
import { choices, storage } from './storage.ts'

/** Who was remembered when somebody else referred the visitor again. */
let firstCode: string | false | undefined
let firstClick: string | undefined

/** Calls made before we may work: by the stub, before init(), before consent, before a prerendered page is shown. */
const waiting = (before?.q ?? []) as Call[]

/** Tells of elements that come later. */
let observer: MutationObserver | undefined

export const refgrow = async (...call: Call): Promise<unknown> => (allowed ? convert(...call) : waiting.push(call))

export const consent = (yes: boolean): void => {
  if (!setAnswer(yes)) delete storage['refgrow']
  look()
}

/** Sorts by time, so that a database inserts new ids side by side: eight digits of milliseconds, then 64 random bits. */
const newClickId = (): string =>
  Date.now().toString(36) + crypto.getRandomValues(new BigUint64Array(1))[0]!.toString(36)

/**
 * Looks at the page as it is now: at first, after every navigation within it, when the project's choices come, and
 * whenever the page asks for it. What was done before is not done again.
 */
export const look: () => void = safely(() => {
  decide()
  if (answer === false) {
    remember()
    firstCode = undefined
    for (const key in storage) if (key.match(/^refgrow /)) delete storage[key]
  }
  if (!allowed) return say('no consent')

  // The address as it was before a router cleaned it, then the address of now.
  const [landing] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  ;[landing?.name, location.href].forEach((url) => {
    const code = pick(url, param)
    // Reloading a landing page, or coming back to it, is not another click.
    if (!code || seen.includes(code) || (landing?.type.match(/reload|back/) && code == heldCode())) return
    seen.push(code)
    if (!firstCode) {
      firstCode = heldCode()
      firstClick = readCookie('refgrow_click')
    }
    // Our own redirect has counted the click already and says under which id.
    const click_id = pick(url, 'refgrow_click') ?? newClickId()
    remember(code, click_id)

    // The API knows more bots by their names; this saves the others the request.
    if (navigator.webdriver || navigator.userAgent.match(/Headless|[Bb]ot\//)) return say('no click')
    void send(
      'click',
      {
        click_id,
        url,
        referrer: document.referrer,
        cookie: param + cookieAttributes,
        // In a page of another site the browser takes no cookie of ours (SameSite=Lax): nobody chose to come here.
        framed: window != top && readCookie('refgrow_click') != click_id,
      },
      2000,
      look,
    )
  })
  if (firstCode && choices()?.first) remember(firstCode, firstClick)

  if (heldCode()) {
    seen.push(heldCode())
    // The browser itself ignores what is already registered.
    ;['pointerdown', 'click', 'auxclick'].forEach((type) => addEventListener(type, decorate, true))
    observer ??= new MutationObserver(() => decorate([]))
    observer.observe(document, { childList: true, subtree: true })
    decorate([])
  } else say('no referral')

  waiting.splice(0).forEach((call) => void refgrow(...call))
  // What an earlier page could not deliver, once a page.
  for (const key in storage)
    if (key.match(/^refgrow /) && !seen.includes(key))
      void send('event', JSON.parse(storage[key]!) as Record<string, unknown>)
})
