/** Carries the code into checkouts and across domains, at the moment a link is used and never before. */
import { heldCode } from './cookies.ts'
import { param } from './options.ts'
import { safely, say } from './say.ts'
import { seen } from './seen.ts'
import { choices } from './storage.ts'

/** The code to put where `value` stands now. None if it stands there already, or if `value` is the site's own. */
const codeFor = (what: string, value: string | null | undefined): string | false | undefined => {
  const code = heldCode()
  const replaces = code && code != value && (!value || seen.includes(value))
  say(what + ' carries ' + (replaces ? code : value))
  return replaces && code
}

const carryInQuery = (link: HTMLAnchorElement | URL, parameter: string): void => {
  const query = new URLSearchParams(link.search)
  const code = codeFor(parameter, query.get(parameter))
  if (code) {
    query.set(parameter, code)
    link.search = query as unknown as string
  }
}

const decorateLink = (link: HTMLAnchorElement): void => {
  // Not everything that an event passes through is a link, and not every link leads to a page.
  // oxlint-disable-next-line prefer-string-starts-ends-with -- the address of a link in an SVG is an object
  if (!/^http/.test(link.href) || link.hasAttribute('download')) return
  const leadsTo = (domain: string) => ('.' + link.hostname).endsWith('.' + domain)
  if (leadsTo('buy.stripe.com') || link.className.match(/refgrow-stripe/)) carryInQuery(link, 'client_reference_id')
  else if (leadsTo('buy.polar.sh')) carryInQuery(link, 'reference_id')
  // The class begins with refgrow-lemon or refgrow-ls.
  else if ((leadsTo('lemonsqueezy.com') && link.pathname.match('/buy/')) || link.className.match(/refgrow-l[es]/))
    carryInQuery(link, 'checkout[custom][referral_code]')
  else if (choices()?.domains?.some(leadsTo)) carryInQuery(link, param)
}

interface Custom {
  referral_code?: string
}

/** Puts both attributes on Stripe's elements and Paddle's buttons: each provider reads its own. */
const decorateElement = safely((element: HTMLElement): void => {
  const id = codeFor('client-reference-id', element.getAttribute('client-reference-id'))
  if (id) element.setAttribute('client-reference-id', id)
  const custom = JSON.parse(element.dataset['customData'] || '{}') as Custom | null
  const code = codeFor('customData', custom?.referral_code)
  if (code) element.dataset['customData'] = JSON.stringify({ ...custom, referral_code: code })
})

type Options = { customData?: Custom } | undefined
interface Paddle {
  Checkout?: { open?: (options: Options) => unknown }
}

let decoratedOpen: unknown

/**
 * Decorates these links, or those that the event passes through, also inside of open shadow roots; and what cannot wait to
 * be clicked because it is no link.
 */
export const decorate = safely((used: Event | Iterable<unknown>): void => {
  document
    .querySelectorAll<HTMLElement>('stripe-buy-button,stripe-pricing-table,.paddle_button,.refgrow-paddle-link')
    .forEach(decorateElement)

  // Paddle.js, which may be loaded at any time, opens its overlay with what the site passes.
  const checkout = (window as { Paddle?: Paddle }).Paddle?.Checkout
  const open = checkout?.open
  if (open && open != decoratedOpen)
    checkout.open = decoratedOpen = (options: Options) => {
      const code = codeFor('customData', options?.customData?.referral_code)
      if (code) options = { ...options, customData: { ...options?.customData, referral_code: code } }
      return open.call(checkout, options)
    }

  const links = (used as Event).composedPath?.() ?? used
  ;([...links] as HTMLAnchorElement[]).forEach(decorateLink)
})

/** All links of the page at once, when the page asks for it. */
export const decorateAll = (): void => decorate(document.links)

/** Sends the visitor to a Stripe payment link with the code on it; without a code to the link as it is. */
export const redirectToStripePaymentLink = (address: string | URL): void => {
  address = new URL(address, location.href)
  carryInQuery(address, 'client_reference_id')
  location = address as unknown as Location
}
