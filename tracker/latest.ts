/** latest.js: remembers who referred the visitor, reports clicks and conversions, carries the code into checkouts. */
import { allow, allowed, answer, answerConsent, needsConsent, objects } from './consent.ts'
import { convert } from './conversion.ts'
import { decorateAll, redirectToStripePaymentLink } from './links.ts'
import { watchNavigation } from './navigation.ts'
import { projectId } from './options.ts'
import { forget, lookForReferral } from './referral.ts'
import { safely } from './safely.ts'
import { say, warn } from './say.ts'
import { sendKept } from './send.ts'
import { clear, load } from './storage.ts'

type Call = Parameters<typeof convert>
type Refgrow = ((...call: Call) => Promise<unknown>) & Record<string, unknown>
const page = window as unknown as { Refgrow?: Refgrow; RefgrowNoAutoInit?: boolean }

/** Calls made before we may work: by the stub, before init(), before consent, before a prerendered page is shown. */
const waiting: Call[] = []

const call = safely((...details: Call) => {
  if (answer === false) return say('nothing sent: consent was refused')
  if (!allowed) return void waiting.push(details)
  return convert(...details)
})

const start: () => unknown = safely((): void => {
  if ((document as { prerendering?: boolean }).prerendering) {
    document.addEventListener('prerenderingchange', start, { once: true })
    return
  }
  if (answer === false || (!answer && needsConsent())) return say('waiting for Refgrow.consent(true)')
  if (objects(load().settings)) return say('nothing is done: the visitor asked not to be tracked')
  allow(true)
  lookForReferral()
  watchNavigation()
  for (const details of waiting.splice(0)) call(...details)
  sendKept()
})

const methods: Record<string, (argument: never) => unknown> = {
  init: start,
  reset: start,
  consent: (yes: boolean): void => {
    answerConsent(yes)
    if (yes) {
      start()
      return
    }
    waiting.length = 0
    forget()
    clear()
    allow(false)
  },
  processStripePaymentLinks: () => decorateAll(),
  processPaddleLinks: () => decorateAll(),
  processLemonSqueezyLinks: () => decorateAll(),
  redirectToStripePaymentLink,
}

function install(before?: Refgrow): void {
  if (before?.processPaddleLinks) return warn('included twice; the second copy does nothing')
  if (!projectId) return warn('data-project-id is missing on the script element; nothing is tracked')
  const refgrow = call as unknown as Refgrow
  Object.assign(refgrow, before, methods)
  page.Refgrow = refgrow
  for (const details of (before?.q as Call[] | undefined) ?? []) waiting.push(details)
  refgrow.q = { push: (details: Call) => call(...details) }
  if (before) before.q = refgrow.q
  if (!page.RefgrowNoAutoInit) start()
}

safely(install)(page.Refgrow)
