/** latest.js: remembers who referred the visitor, reports clicks and conversions, carries the code into checkouts. */
import { decorateAll, redirectToStripePaymentLink } from './links.ts'
import { before, type Call, type Page, projectId } from './options.ts'
import { consent, look, refgrow } from './referral.ts'
import { say } from './say.ts'

if (before?.consent || !projectId) say('included twice or no project', true)
else {
  ;(window as Page).Refgrow = Object.assign(refgrow, before, {
    init: look,
    reset: look,
    consent,
    processStripePaymentLinks: decorateAll,
    processPaddleLinks: decorateAll,
    processLemonSqueezyLinks: decorateAll,
    redirectToStripePaymentLink,
    // The stub's own function may still be called: what it queues goes the same way.
    q: { push: (call: Call) => refgrow(...call) },
  })
  // Single-page applications change the address without loading a page; other wrappers of history keep working.
  ;(['pushState', 'replaceState'] as const).forEach((name) => {
    const original = history[name]
    history[name] = (...change) => {
      original.apply(history, change)
      look()
    }
  })
  ;['popstate', 'prerenderingchange'].forEach((type) => addEventListener(type, look, true))
  if (!(window as Page).RefgrowNoAutoInit) look()
}
