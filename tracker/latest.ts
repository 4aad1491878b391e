/** latest.js: remembers who referred the visitor, reports clicks and conversions, carries the code into checkouts. */
import { decorateAll, redirectToStripePaymentLink } from './links.ts'
import { projectId } from './options.ts'
import { consentIs, lookForReferral, refgrow, start, waiting } from './referral.ts'
import { say } from './say.ts'

type Call = Parameters<typeof refgrow>
type Refgrow = typeof refgrow & { q?: { push(call: Call): void }; consent?: unknown }
const page = window as unknown as { Refgrow?: Refgrow; RefgrowNoAutoInit?: boolean }
const before = page.Refgrow

const decorateNow = () => decorateAll('*')

if (before?.consent) say('included twice, this copy does nothing', true)
else if (projectId) {
  waiting.push(...((before?.q ?? []) as Call[]))
  page.Refgrow = Object.assign(refgrow, before, {
    init: start,
    reset: start,
    consent: consentIs,
    processStripePaymentLinks: decorateNow,
    processPaddleLinks: decorateNow,
    processLemonSqueezyLinks: decorateNow,
    redirectToStripePaymentLink,
    q: { push: (call: Call) => void refgrow(...call) },
  })
  // Single-page applications change the address without loading a page; other wrappers of history keep working.
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name]
    history[name] = (...change) => {
      original.apply(history, change)
      lookForReferral()
    }
  }
  addEventListener('popstate', lookForReferral)
  if (!page.RefgrowNoAutoInit) start()
} else say('data-project-id is missing', true)
