/** What payment providers tell us, in the core's own words; each providers/*.ts translates into these. */
import type { Conversion, Instant } from '../../db/schema.ts'
import type { Clues } from '../conversion/attribution.ts'

export type PaymentEvent = Payment | Start | Identity | Refund | Dispute | Cancellation | Ignored

/** The provider's ids an event names; whatever shares one belongs together. */
export interface ProviderIds {
  customer?: string | null | undefined
  subscription?: string | null | undefined
  /** Stripe: invoice; LemonSqueezy: subscription invoice. */
  invoice?: string | null | undefined
  /** Stripe: payment intent; Paddle: transaction; LemonSqueezy and Polar: order. */
  payment?: string | null | undefined
  charge?: string | null | undefined
  checkout?: string | null | undefined
}

interface Told {
  provider: string
  ids: ProviderIds
  /** A test event never mixes with live ones. */
  test: boolean
  occurred_at: Instant
}

/** Money arrived. */
export interface Payment extends Told {
  kind: 'payment'
  /** The provider's id of the money fact, the same from every event that tells of it. */
  external_id: string
  email: string | null
  currency: string
  /** Minor units, what the buyer paid in all: refunds are shares of it. */
  gross: number
  /** What was billed, after discounts, where credit of the buyer covered a part of it; absent: `gross`. */
  total?: number
  /** As parts of what was billed; shipping without its tax. */
  tax: number
  shipping: number
  product_id: string | null
  payment_kind: NonNullable<Conversion['payment_kind']>
  clues: Clues
}

/** What the commission of a payment is computed from. */
export type Price = Pick<Payment, 'gross' | 'total' | 'tax' | 'shipping'>

/** Somebody started without paying yet (a trial, a 100 % coupon): the attribution is kept for the first real payment. */
export interface Start extends Told {
  kind: 'start'
  email: string | null
  clues: Clues
  /** As of an identity. */
  product_id?: string | null
}

/** Tells only which ids belong together, whose they are, or which code came with them. */
export interface Identity extends Told {
  kind: 'identity'
  email: string | null
  clues: Clues
  /** What the subscription is of, where payments of it do not tell. */
  product_id?: string | null
}

/** Money went back. */
export interface Refund extends Told {
  kind: 'refund'
  /** The provider's id of this refund; for cumulative sums the id of what was refunded, null: the sale itself. */
  external_id: string | null
  /** Minor units of `currency`: this step, or everything so far when `cumulative`. */
  amount: number
  currency: string
  cumulative: boolean
  /** What was paid, in the same terms as `amount` (with or without tax); null: the payment's gross. */
  of: number | null
  /** Nothing but tax: it counts where tax earned a commission. */
  only_tax?: boolean
  /** `undone`: it failed or was canceled after it had been told; `pending`: nothing moved yet. */
  state: 'done' | 'pending' | 'undone'
  reason: string | null
}

export interface Dispute extends Told {
  kind: 'dispute'
  external_id: string
  amount: number
  currency: string
  /** `opened` also after an appeal; an inquiry moves no money and is ignored. */
  state: 'opened' | 'won' | 'lost'
}

/** A subscription ends or will end: no money moves. */
export interface Cancellation extends Told {
  kind: 'cancellation'
  reason: string | null
}

export interface Ignored {
  kind: 'ignored'
  reason: string
}
