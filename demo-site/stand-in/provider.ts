/** What the stand-ins for payment providers have in common: what a checkout keeps, and which signed webhooks it sends. */
import type { Plan } from '../plans.ts'

export const providerNames = ['stripe', 'paddle', 'lemonsqueezy', 'polar'] as const
export type ProviderName = (typeof providerNames)[number]

/** One webhook, written down once; every attempt to deliver it is signed anew. */
export interface Message {
  id: string
  type: string
  body: string
}

/** What the customer brought to the checkout. */
export interface Opened {
  email: string
  /** Everything of the site's that the real provider would send back with the payment. */
  kept: Record<string, unknown>
}

export interface Order extends Opened {
  id: string
  plan: Plan
  currency: string
  successUrl: string
  openedAt: Date
  paidAt: Date
}

export interface Payment {
  messages: Message[]
  /** Gives `amount` back; with this, `soFar` has gone back in all. */
  refund(amount: number, soFar: number): Message[]
}

export interface StandIn {
  name: ProviderName
  title: string
  /** The name under which the provider's webhooks carry the referral code: its last part is the key in `kept`. */
  codeField: string
  /** Which events a payment sends, in words. */
  sends: string[]
  open(query: Record<string, unknown>): Opened
  pay(order: Order): Payment
  /** The headers of one attempt. */
  sign(message: Message, secret: string): Record<string, string>
}

/** The referral code that came along, as the provider would report it. */
export function codeIn({ codeField }: StandIn, { kept }: Opened): string {
  const code = kept[codeField.split('.').at(-1) ?? '']
  return typeof code === 'string' ? code : ''
}

export const textIn = (query: Record<string, unknown>, name: string): string => {
  const value = query[name]
  return typeof value === 'string' ? value : ''
}
