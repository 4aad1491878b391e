/** Carries the code into checkouts and across domains, at the moment a link is used and never before. */
import { heldCode, kept, seen } from './memory.ts'
import { param } from './options.ts'
import { safely, say } from './say.ts'

const within = (place: { hostname: string }, domain: string) => `.${place.hostname}`.endsWith(`.${domain}`)

/** Whether the code may stand where `value` does now: a code of this visit may go, the site's own stays. */
function isFree(what: string, value: string | null | undefined): boolean {
  const free = !value || value in seen
  say(what + (free ? ' carries the code' : ' stays'))
  return free
}

/** Which parameter the link's destination reads. Classes follow host and path after a blank. */
function parameterOf(url: URL, classes: string): string | undefined | false {
  const link = `${url.host + url.pathname} ${classes}`
  if (/^buy\.stripe\.com| refgrow-stripe/.test(link)) return 'client_reference_id'
  if (/lemonsqueezy\.com.*\/buy\/| refgrow-l(emon|s)/.test(link)) return 'checkout[custom][referral_code]'
  if (link.startsWith('buy.polar.sh')) return 'reference_id'
  return kept.settings?.cross_domains?.some((domain) => within(url, domain) && !within(location, domain)) && param
}

const decorateOne = safely((node: HTMLAnchorElement, code: string) => {
  const attribute = 'client-reference-id'
  if (node.matches?.('stripe-buy-button,stripe-pricing-table') && isFree(attribute, node.getAttribute(attribute))) {
    node.setAttribute(attribute, code)
  }
  if (node.matches?.('.paddle_button,.refgrow-paddle-link')) {
    const custom = JSON.parse(node.dataset.customData || '{}') as { referral_code?: string }
    if (isFree('custom data', custom.referral_code)) {
      custom.referral_code = code
      node.dataset.customData = JSON.stringify(custom)
    }
  }
  if (/^https?:/.test(node.href) && !node.matches?.('[download]')) {
    const url = new URL(node.href)
    const parameter = parameterOf(url, node.className)
    if (parameter && isFree(parameter, url.searchParams.get(parameter))) {
      url.searchParams.set(parameter, code)
      node.href = url.href
    }
  }
})

const decorate = safely((nodes: Iterable<unknown>) => {
  const code = heldCode()
  if (!code) return
  for (const node of nodes) decorateOne(node as HTMLAnchorElement, code)
  wrapPaddle()
})

/** All links of the page at once, when the page asks for it. */
export const decorateAll = () => decorate(document.querySelectorAll('*'))

interface Paddle {
  Checkout?: { open: (options?: { customData?: object }) => unknown }
}
let wrapped: unknown

/** Paddle.js opens its overlay with what the site passes; the code joins the site's own custom data. */
function wrapPaddle(): void {
  const checkout = (window as { Paddle?: Paddle }).Paddle?.Checkout
  const open = checkout?.open
  if (open !== wrapped) {
    checkout!.open = wrapped = (options?: { customData?: object }) =>
      open!.call(checkout, { ...options, customData: { referral_code: heldCode(), ...options?.customData } })
  }
}

/** Not links, so they cannot wait for their click. */
const decorateWaiting = () =>
  decorate(document.querySelectorAll('stripe-buy-button,stripe-pricing-table,.paddle_button'))

const decoratePath = (event: Event) => decorate(event.composedPath())

let observer: MutationObserver | undefined

/** Watches, only for a visitor who was referred; the browser itself ignores what is already registered. */
export function watchLinks(): void {
  for (const type of ['pointerdown', 'click', 'auxclick', 'keydown']) addEventListener(type, decoratePath, true)
  observer ??= new MutationObserver(decorateWaiting)
  observer.observe(document, { childList: true, subtree: true })
  decorateWaiting()
}

/** Sends the visitor to a Stripe payment link with the code on it; without a code to the link as it is. */
export function redirectToStripePaymentLink(url: string): void {
  const link = { href: url, className: 'refgrow-stripe' }
  decorate([link])
  location.href = link.href
}
