/** What a sale earns, by the terms in force and what its buyer paid before. */
import type { Instant, Referral, Tx } from '../../db/schema.ts'
import type { Candidate } from './attribution.ts'
import { commissionFor, type Earned, type NotEarned, type Sale, secondTierFor } from '../terms/commission.ts'
import { termsInForce } from '../terms/rule.ts'
import type { NewConversion } from './record.ts'
import { prepared } from '../kit/prepared.ts'

export interface Rewards {
  commission: Earned | NotEarned
  second_tier?: Earned & { affiliate_id: number }
}

/** What the sale earns its affiliate, and the one who invited him. */
export async function rewards(
  tx: Tx,
  report: Pick<
    NewConversion,
    'type' | 'source' | 'amount' | 'currency' | 'occurred_at' | 'product_id' | 'payment_kind' | 'given_commission'
  >,
  affiliate: NonNullable<Candidate['affiliate']>,
  referral: Pick<Referral, 'id'> | null,
  except?: number,
): Promise<Rewards> {
  const terms = await termsInForce(tx, affiliate.campaign_id, {
    affiliate_id: affiliate.id,
    level_id: affiliate.level_id,
    product_id: report.product_id ?? null,
  })
  const earlier = await earlierPurchases(tx, referral, report, except)
  // After a trial the first money is a renewal to the provider; to us it is the first.
  const first = referral && report.payment_kind === 'renewal' && earlier.payments === 0
  const sale: Sale = {
    type: report.type,
    amount: report.amount,
    currency: report.currency,
    occurred_at: report.occurred_at,
    payment_kind: first ? 'first' : (report.payment_kind ?? null),
    earlier,
    given: report.given_commission,
  }
  const commission = commissionFor(terms, sale)
  const rule = terms.campaign
  if (!('amount' in commission) || !affiliate.parent_id || !rule) return { commission }
  const second = secondTierFor(rule, sale, commission)
  const parent = await tx
    .selectFrom('affiliate')
    .select('id')
    .where('id', '=', affiliate.parent_id)
    .where('status', '=', 'active')
    .executeTakeFirst()
  return { commission, ...(second && parent && { second_tier: { ...second, affiliate_id: parent.id } }) }
}

/** Before a proven sale only proven ones count: what a browser claimed must not make it the second. */
async function earlierPurchases(
  tx: Tx,
  referral: Pick<Referral, 'id'> | null,
  { occurred_at, source }: Pick<NewConversion, 'occurred_at' | 'source'>,
  except = 0,
): Promise<Sale['earlier']> {
  if (!referral) return { payments: 0, first_at: null }
  const among = source === 'browser' ? 'all' : 'proven'
  const [earlier] = await selectEarlier(tx, { referralId: referral.id, at: occurred_at, except }, among)
  return earlier ?? { payments: 0, first_at: null }
}

type Before = { referralId: number; at: Instant; except: number }

const selectEarlier = prepared((tx, { referralId, at, except }: Before, among: 'all' | 'proven') =>
  tx
    .selectFrom('conversion')
    .select((eb) => [eb.fn.countAll<number>().as('payments'), eb.fn.min<Instant | null>('occurred_at').as('first_at')])
    .where('referral_id', '=', referralId)
    .where('type', '=', 'purchase')
    .where('status', '=', 'approved')
    .where('occurred_at', '<=', at)
    .where('deleted_at', 'is', null)
    .where('id', '<>', except)
    .$if(among === 'proven', (query) =>
      query.where((eb) => eb.or([eb('source', '<>', 'browser'), eb('reviewed_at', 'is not', null)])),
    ),
)
