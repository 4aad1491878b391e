/** Carries the code into checkouts and across domains, at the moment a link is used and never before. */
import { chosen, heldCode } from './memory.ts'
import { param } from './options.ts'
import { seen } from './referral.ts'
import { safely, say } from './say.ts'

/** Puts the code where `value` stands now: a code of this visit may be replaced, the site's own value stays. */
const carry = (what: string, value: string | null | undefined, put: (code: string) => void, code = heldCode()) => {
  if (code && code != value && (!value || value in seen)) put((value = code))
  say(what + ' carries ' + value)
}

interface Custom {
  referral_code?: string
}

/** Paddle's custom data: what the site has there of its own stays beside the code. */
const carryInside = (custom: Custom | undefined, put: (custom: Custom) => void) =>
  carry('custom data', custom?.referral_code, (code) => put({ ...custom, referral_code: code }))

/** Stripe's elements and Paddle's buttons are no links, so they cannot wait for their click. Each reads but its own. */
const decorateElement = safely((element: HTMLElement) => {
  carry('client-reference-id', element.getAttribute('client-reference-id'), (code) =>
    element.setAttribute('client-reference-id', code),
  )
  carryInside(
    JSON.parse(element.dataset['customData'] || (0 as unknown as string)) as Custom,
    (custom) => (element.dataset['customData'] = JSON.stringify(custom)),
  )
})

type Options = { customData?: Custom } | undefined
interface Paddle {
  Checkout?: { open: (options: Options) => unknown }
}
let wrapped: unknown

/** Takes links, among anything else that an event passed through. */
export const decorate = safely((used: Event | Iterable<unknown>) => {
  ;[
    ...document.querySelectorAll<HTMLElement>(
      'stripe-buy-button,stripe-pricing-table,.paddle_button,.refgrow-paddle-link',
    ),
  ].forEach(decorateElement)
  ;([...((used as Event).composedPath?.() ?? used)] as HTMLAnchorElement[]).forEach((link) => {
    // An address holds no space, and has itself no class: the one below is for Stripe.
    const text = link.href + ' ' + link.className
    const parameter = text.match('^https://buy.stripe.com|^http.* (undefined|refgrow-stripe)')
      ? 'client_reference_id'
      : text.match('^http[^?]*lemonsqueezy.com[^?]*/buy/|^http.* refgrow-l[es]')
        ? 'checkout[custom][referral_code]'
        : text.match('^https://buy.polar.sh')
          ? 'reference_id'
          : chosen(text) && param
    if (parameter && !(link.attributes as { download?: unknown } | undefined)?.download) {
      const search = new URLSearchParams(link.search)
      carry(parameter, search.get(parameter), (code) => {
        search.set(parameter, code)
        link.search = search as unknown as string
      })
    }
  })

  // Paddle.js opens its overlay with what the site passes.
  const checkout = (window as { Paddle?: Paddle }).Paddle?.Checkout
  const open = checkout?.open
  if (open !== wrapped)
    checkout!.open = wrapped = (options: Options) => {
      carryInside(options?.customData, (customData) => (options = { ...options, customData }))
      return open!.call(checkout, options)
    }
})

/** All links of the page at once, when the page asks for it. */
export const decorateAll = () => decorate(document.links)

/** Sends the visitor to a Stripe payment link with the code on it; without a code to the link as it is. */
export const redirectToStripePaymentLink = (url: string | URL): void => {
  url = new URL(url, location.href)
  decorate([url])
  location = url as unknown as Location
}
