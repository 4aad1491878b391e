/** What Polar's events share: the envelope around `data`, and where codes stand in it. */
import { codeIn, optionalId, type Reader, readerOf, textOf } from '../payload.ts'
import { inMinorUnits } from '../stripe-units.ts'

export interface PolarEvent<Data = object> {
  type?: string
  timestamp?: unknown
  data?: (Data & { created_at?: unknown; modified_at?: unknown }) | null
}

/** What every translated event says. Polar's sandbox is apart: a payload does not tell whether it is of it. */
export function toldBy({ type, timestamp, data }: PolarEvent) {
  const read = readerOf(`Polar ${type}`)
  const at = read.instant(timestamp ?? data?.modified_at ?? data?.created_at, 'timestamp')
  return { read, told: { provider: 'polar', test: false, occurred_at: at } }
}

/** Reads amounts of one currency: Polar charges through Stripe and counts in the same units. */
export function moneyReader(currency: unknown, read: Reader) {
  const code = read.currency(currency, 'data.currency')
  const minor = (value: unknown, field: string) => inMinorUnits(read.minor(value, field), code).amount
  return { currency: code, minor }
}

/** The only parameter of a checkout link that is free for us: `?reference_id=`. */
export const referenceIn = (metadata: unknown) => codeIn(metadata, ['reference_id'])

export function couponOf({ discount, discount_id }: { discount?: { code?: unknown } | null; discount_id?: unknown }) {
  const id = optionalId(discount_id)
  return { coupon: textOf(discount?.code), coupon_ids: id ? [id] : [] }
}
