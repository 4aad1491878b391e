/** What is reported of a conversion, by a browser, a payment provider, the company's own server or the owner. */
import type { Commission, Conversion, Instant } from '../../db/schema.ts'
import type { Clues } from './attribution.ts'

export interface NewConversion {
  /** `signup`, `purchase`, or a name of the company's own. */
  type: string
  email: string | null
  /** Minor units of `currency`: what the commission is computed on. */
  amount: number | null
  currency: string | null
  /** The company's own id of the order. */
  reference: string | null
  coupon_code: string | null
  url: string | null
  source: Conversion['source']
  provider: string | null
  /** The provider's id of the money fact (invoice, payment): one conversion each. */
  external_id: string | null
  /** All ids the provider gave the sale: any of them, reported from another side, means the same one. */
  payment_ids?: string[]
  /** Further addresses of the buyer, such as the one the provider knew the customer under before. */
  other_emails?: (string | null)[]
  /** The browser's id of the call: a repeated call is the same conversion. */
  idempotency_key: string | null
  clues: Clues
  occurred_at: Instant
  product_id?: string | null
  payment_kind?: Conversion['payment_kind']
  /** Minor units of `currency`, with tax and shipping; absent: `amount`. */
  gross?: number | null
  /** The provider's ids of the buyer and their subscription. */
  customer_id?: string | null
  subscription_id?: string | null
  /** The commission, minor units of `currency`: only a call with a secret key may give it. */
  given_commission?: number | undefined
}

export interface Recorded {
  /** confirmed: a purchase the browser had reported was confirmed by a trusted source. */
  outcome: 'recorded' | 'confirmed' | 'duplicate' | 'rejected'
  conversion: Conversion | null
  /** What it earned on the first tier, when it was recorded. */
  commission?: Commission | null
}
