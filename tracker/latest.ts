/** latest.js: remembers who referred the visitor, reports clicks and conversions, carries the code into checkouts. */
import { decorateAll, redirectToStripePaymentLink } from './links.ts'
import { before, type Page, projectId } from './options.ts'
import { look, refgrow, setAnswer } from './referral.ts'
import { say } from './say.ts'

if (before.consent || !projectId) say('included twice or without data-project-id', true)
else {
  ;(window as Page).Refgrow = Object.assign(refgrow, before, {
    init: look,
    reset: look,
    consent: setAnswer,
    processStripePaymentLinks: decorateAll,
    processPaddleLinks: decorateAll,
    processLemonSqueezyLinks: decorateAll,
    redirectToStripePaymentLink,
    q: { push: (call: Parameters<typeof refgrow>) => refgrow(...call) },
  })
  // Single-page applications change the address without loading a page; other wrappers of history keep working.
  ;(['pushState', 'replaceState'] as const).forEach((name) => {
    const original = history[name]
    history[name] = (...change) => look(original.apply(history, change))
  })
  ;['popstate', 'prerenderingchange'].forEach((type) => addEventListener(type, look, true))
  if (!(window as Page).RefgrowNoAutoInit) look()
}
