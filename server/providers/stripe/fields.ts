/** What Stripe's objects have in common: references, metadata, discounts, amounts. */
import type Stripe from 'stripe'
import type { Clues } from '../../core/conversion/attribution.ts'
import type { Payment, ProviderIds } from '../../core/payment/event.ts'
import { fromEpochSeconds } from '../../core/kit/time.ts'
import { inMinorUnits } from '../stripe-units.ts'

/** What every event says, whatever it is about. */
export type Envelope = Pick<Stripe.Event, 'created' | 'livemode'>

/** Expanded or not, a reference names an id. */
export type Reference = string | { id: string } | null | undefined

/** Before 2025-09-30.clover the coupon stood in the discount itself. */
export interface AnyDiscount {
  promotion_code?: Reference
  source?: { coupon?: Reference } | null
  coupon?: Reference
}

export const told = (event: Envelope, ids: ProviderIds) => ({
  provider: 'stripe',
  ids,
  test: !event.livemode,
  occurred_at: fromEpochSeconds(event.created),
})

export const idOf = (reference: Reference): string | undefined =>
  typeof reference === 'string' ? reference : (reference?.id ?? undefined)

/** Newer accounts name an account where older ones name a customer. */
export const customerOf = (object: { customer?: Reference; customer_account?: string | null }): string | undefined =>
  idOf(object.customer) ?? object.customer_account ?? undefined

/** Promotion code first, then coupon. A discount that is only an id (`di_...`) names neither; customer.discount.created does. */
export function couponIds(...discounts: (AnyDiscount | string | null | undefined)[]): string[] {
  const ids = discounts.flatMap((discount) =>
    typeof discount === 'object' && discount
      ? [idOf(discount.promotion_code), idOf(discount.source?.coupon ?? discount.coupon)]
      : [],
  )
  return [...new Set(ids.filter((id) => id !== undefined))]
}

/** Only what was said. */
export const cluesOf = (clues: Clues): Clues =>
  Object.fromEntries(Object.entries(clues).filter(([, clue]) => (Array.isArray(clue) ? clue.length > 0 : clue)))

/** Amounts of a payment in Stripe's smallest unit. */
export type Price = Required<Pick<Payment, 'gross' | 'total' | 'tax' | 'shipping'>>

export function priceIn(currency: string | null | undefined, { gross, total, tax, shipping }: Price) {
  const minor = (amount: number) => inMinorUnits(amount, currency).amount
  return {
    currency: inMinorUnits(gross, currency).currency,
    gross: minor(gross),
    ...(total !== gross && { total: minor(total) }),
    tax: minor(tax),
    shipping: minor(shipping),
  }
}
