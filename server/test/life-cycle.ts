/** The life of one customer at a payment provider: drawn at random, told by raw events, and what is left of it here. */
import fc from 'fast-check'
import { balanceAt } from '../core/ledger/ledger.ts'
import type { Db, Instant } from '../db/schema.ts'

export interface Life {
  /** One sale without a subscription. */
  once: boolean
  /** Starts with a sale of nothing. */
  trial: boolean
  payments: PaidOnce[]
  canceled: boolean
  /** The programme pays on tax as well. */
  taxed: boolean
  /** Which of the ways the provider has of telling the same, 0 to 5. */
  way: number
  /** The code comes with the first sale only. */
  codeOnce: boolean
  /** Only the event of the customer names the address. */
  shy: boolean
}

export interface PaidOnce {
  /** Minor units, without tax. */
  net: number
  tax: number
  upgrade: boolean
  /** Steps in which it went back, with tax, together at most all of it. */
  back: number[]
  /** A refund that was told, and failed. */
  failed: number | null
  dispute: 'none' | 'opened' | 'won' | 'lost'
}

const paidOnce: fc.Arbitrary<PaidOnce> = fc
  .record({
    net: fc.integer({ min: 100, max: 20_000 }),
    tax: fc.integer({ min: 0, max: 3_000 }),
    upgrade: fc.boolean(),
    shares: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 }),
    whole: fc.boolean(),
    failed: fc.option(fc.integer({ min: 1, max: 100 })),
    dispute: fc.constantFrom('none', 'none', 'opened', 'won', 'lost'),
  })
  .map(({ shares, whole, ...paid }) => {
    const gross = paid.net + paid.tax
    const back: number[] = []
    let rest = gross
    for (const share of shares) {
      const step = Math.min(Math.max(1, Math.floor((gross * share) / 100)), rest)
      if (step > 0) back.push(step)
      rest -= step
    }
    if (shares.length > 0 && whole && rest > 0) back.push(rest)
    return { ...paid, back }
  })

export const life: fc.Arbitrary<Life> = fc
  .record({
    once: fc.boolean(),
    trial: fc.boolean(),
    payments: fc.array(paidOnce, { minLength: 1, maxLength: 3 }),
    canceled: fc.boolean(),
    taxed: fc.boolean(),
    way: fc.nat(5),
    codeOnce: fc.boolean(),
    shy: fc.boolean(),
  })
  .map((one) => (one.once ? { ...one, trial: false, payments: one.payments.slice(0, 1) } : one))

const DAY = 86_400_000

/** Days after the first sale. */
export const dayAt = (day: number): Instant => new Date(Date.UTC(2026, 0, 1) + Math.round(day * DAY)).toISOString()

/** When the n-th payment is made; each later than the end of the trial. */
export const paidAt = (n: number): Instant => dayAt(7 + n * 30)
export const afterPaid = (n: number, days: number): Instant => dayAt(7 + n * 30 + days)

/** One event as it is sent. */
export interface Posted {
  payload: string
  headers: Record<string, string>
}

export interface Delivery {
  event: number
  /** The processing of it fails, at the so-manieth query of storing it or of applying it. */
  fails: { at: 'store' | 'apply'; query: number } | null
}

/** Every event one to three times, all in any order; some fail the first time. */
export const deliveriesOf = (events: number): fc.Arbitrary<Delivery[]> =>
  fc
    .array(fc.record({ times: fc.constantFrom(1, 1, 2, 3), fails }), { minLength: events, maxLength: events })
    .chain((each) => {
      const all = each.flatMap((one, event) => Array.from({ length: one.times }, () => event))
      return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }).map((order) =>
        order.map((event, index) => ({
          event,
          fails: order.indexOf(event) === index ? (each[event]?.fails ?? null) : null,
        })),
      )
    })

const fails: fc.Arbitrary<Delivery['fails']> = fc.option(
  fc.record({ at: fc.constantFrom('store', 'apply'), query: fc.integer({ min: 1, max: 12 }) }),
  { freq: 5 },
)

/**
 * What is left of the customers and affiliates whose ids, codes and addresses end with the mark: sales, what they earned by
 * release, balances. Without ids of rows and the time they were made; a commission that was taken back whole is as none.
 */
export async function leftOf(db: Db, mark: string, now: Instant): Promise<unknown> {
  const sales = await db
    .selectFrom('conversion')
    .leftJoin('referral', 'referral.id', 'conversion.referral_id')
    .leftJoin('affiliate', 'affiliate.id', 'conversion.affiliate_id')
    .select(['conversion.id', 'external_id', 'type', 'conversion.status', 'amount', 'currency', 'gross', 'refunded'])
    .select(['disputed', 'product_id', 'payment_kind', 'customer_id', 'subscription_id', 'occurred_at'])
    .select(['referral.email as buyer', 'affiliate.email as affiliate', 'referral.status as referral_status'])
    .where('external_id', 'like', `%${mark}%`)
    .orderBy('external_id')
    .execute()
  const entries = await db
    .selectFrom('ledger_entry')
    .innerJoin('affiliate', 'affiliate.id', 'ledger_entry.affiliate_id')
    .innerJoin('commission', 'commission.id', 'ledger_entry.commission_id')
    .select(['commission.conversion_id', 'tier', 'debit', 'ledger_entry.amount', 'ledger_entry.currency'])
    .select(['ledger_entry.release_at'])
    .where('affiliate.email', 'like', `%${mark}%`)
    .execute()
  const balances = await db
    .selectFrom('balance')
    .innerJoin('affiliate', 'affiliate.id', 'balance.affiliate_id')
    .selectAll('balance')
    .where('affiliate.email', 'like', `%${mark}%`)
    .execute()

  const earned: Record<string, number> = {}
  for (const { conversion_id, tier, debit, amount, currency, release_at } of entries) {
    const of = sales.find(({ id }) => id === conversion_id)?.external_id
    const key = [of, tier, currency, release_at].join(' ')
    earned[key] = (earned[key] ?? 0) + (debit === 'expense' ? amount : -amount)
  }
  const left = {
    sales: sales.map((sale) => ({ ...sale, id: undefined })),
    earned: Object.entries(earned)
      .filter(([, amount]) => amount !== 0)
      .sort(),
    balances: balances.map((row) => balanceAt(row, now)).filter(({ total, paid }) => total !== 0 || paid !== 0),
  }
  return JSON.parse(JSON.stringify(left).replaceAll(mark, '')) as unknown
}
