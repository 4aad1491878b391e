/** latest.js: remembers who referred the visitor, reports clicks and conversions, carries the code into checkouts. */
import { decorateAll, redirectToStripePaymentLink } from './links.ts'
import { setAnswer } from './memory.ts'
import { before, page, projectId } from './options.ts'
import { look, refgrow } from './referral.ts'
import { say } from './say.ts'

if (before?.consent) say('included twice', true)
else if (projectId) {
  page.Refgrow = Object.assign(refgrow, before, {
    init: () => {
      look()
      before?.init?.()
    },
    reset: () => {
      look()
      before?.reset?.()
    },
    consent: (yes: boolean) => {
      setAnswer(yes)
      look()
    },
    processStripePaymentLinks: decorateAll,
    processPaddleLinks: decorateAll,
    processLemonSqueezyLinks: decorateAll,
    redirectToStripePaymentLink,
    q: { push: (call: Parameters<typeof refgrow>) => refgrow(...call) },
  })
  // Single-page applications change the address without loading a page; other wrappers of history keep working.
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name]
    history[name] = (...change) => {
      original.apply(history, change)
      look()
    }
  }
  addEventListener('popstate', look)
  if (!page.RefgrowNoAutoInit) look()
} else say('no data-project-id', true)
