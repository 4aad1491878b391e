/** Carries the code into checkouts and across domains, at the moment a link is used and never before. */
import { param } from './options.ts'
import { readCode } from './referral.ts'
import { safely } from './safely.ts'
import { say } from './say.ts'
import { load } from './storage.ts'

/** Codes this page has put into links. Any other value there is the site's own and stays. */
const ours: Record<string, boolean> = {}
let watching = false

/** Which parameter each provider reads, by the link's host and path and, after a blank, its classes. */
const providers: [link: RegExp, parameter: string][] = [
  [/^buy\.stripe\.com|\srefgrow-stripe/, 'client_reference_id'],
  [/^[\w-]+\.lemonsqueezy\.com\/(checkout\/)?buy\/|\srefgrow-l(emon|s)/, 'checkout[custom][referral_code]'],
  [/^buy\.polar\.sh/, 'reference_id'],
]

const within = (host: string, domain: string) => `.${host}`.endsWith(`.${domain}`)

function parameterOf(url: URL, classes: string): string | undefined {
  const provider = providers.find(([link]) => link.test(`${url.host + url.pathname} ${classes}`))
  if (provider) return provider[1]
  const crosses = (domain: string) => within(url.hostname, domain) && !within(location.hostname, domain)
  return load().settings?.cross_domains?.some(crosses) ? param : undefined
}

/** Whether we may put the code where `value` stands now. */
function mayReplace(value: string | null | undefined, what: string, code: string): boolean {
  const free = !value || ours[value]
  say(`${what} ${free ? `= ${code}` : 'stays as the page set it'}`)
  if (free) ours[code] = true
  return !!free
}

export const decorate = safely((node: Element) => {
  const code = readCode()
  if (!code || !node.matches) return

  if (node.matches('stripe-buy-button,stripe-pricing-table')) {
    const name = 'client-reference-id'
    if (mayReplace(node.getAttribute(name), name, code)) node.setAttribute(name, code)
  }
  if (node.matches('.paddle_button,.refgrow-paddle-link')) {
    const { dataset } = node as HTMLElement
    const custom = JSON.parse(dataset.customData || '{}') as { referral_code?: string }
    if (mayReplace(custom.referral_code, 'Paddle custom data', code)) {
      dataset.customData = JSON.stringify({ ...custom, referral_code: code })
    }
  }
  const link = node as HTMLAnchorElement
  if (/^http/.test(link.href) && !link.hasAttribute('download')) {
    const url = new URL(link.href)
    const parameter = parameterOf(url, link.className)
    const value = parameter && url.searchParams.get(parameter)
    if (parameter && mayReplace(value, parameter, code) && value !== code) {
      // As text, because searchParams would rewrite how the other parameters are spelt.
      url.search =
        value == null
          ? `${url.search}${url.search ? '&' : '?'}${parameter}=${code}`
          : url.search.replace(`${parameter}=${value}`, `${parameter}=${code}`)
      link.href = url.href
    }
  }
})

/** Everything on the page that is not a link and so cannot wait for its click. */
const decorateWaiting = safely(() => {
  wrapPaddle()
  decorateAll('stripe-buy-button,stripe-pricing-table,.paddle_button')
})

export function decorateAll(selector = '*'): void {
  for (const node of document.querySelectorAll(selector)) decorate(node)
}

interface Paddle {
  Checkout?: { open: (options?: { customData?: object }) => unknown }
}
let wrapped: unknown

/** Paddle.js opens its overlay with what the site passes; the code joins the site's own custom data. */
function wrapPaddle(): void {
  const checkout = (window as { Paddle?: Paddle }).Paddle?.Checkout
  if (!checkout || checkout.open === wrapped) return
  const { open } = checkout
  wrapped = checkout.open = (options) =>
    open.call(checkout, { ...options, customData: { referral_code: readCode(), ...options?.customData } })
}

/** Starts to watch once, and only for a visitor who was referred. */
export function watchLinks(): void {
  if (!watching) {
    watching = true
    for (const type of ['pointerdown', 'click', 'auxclick', 'keydown']) {
      addEventListener(
        type,
        (event) => {
          wrapPaddle()
          for (const node of event.composedPath()) decorate(node as Element)
        },
        true,
      )
    }
    new MutationObserver(decorateWaiting).observe(document, { childList: true, subtree: true })
  }
  decorateWaiting()
}

/** Sends the visitor to a Stripe payment link with the code on it; without a code to the link as it is. */
export function redirectToStripePaymentLink(url: string): void {
  const link = document.createElement('a')
  link.className = 'refgrow-stripe-payment-link'
  link.href = url
  decorate(link)
  location.href = link.href
}
