/** What a sale earns, by the terms in force or by those it was decided under, and by what its buyer paid before. */
import type { Affiliate, Conversion, Instant, Referral, Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'
import { commissionFor, ruleIn, type Sale, secondTierFor, type TermsInForce } from '../terms/commission.ts'
import { rulesById, termsInForce } from '../terms/rule.ts'
import type { Basis, Rewards } from './decision.ts'

export type Seller = Pick<Affiliate, 'id' | 'campaign_id' | 'parent_id' | 'level_id'>

/** What of a conversion decides about its commission. */
export type Sold = Pick<Conversion, 'type' | 'source' | 'amount' | 'currency' | 'occurred_at'> &
  Partial<Pick<Conversion, 'product_id' | 'payment_kind'>> & {
    /** The commission, minor units of `currency`: only a call with a secret key may give it. */
    given_commission?: number | undefined
  }

/**
 * What the sale earns its affiliate, and the one who invited them.
 * @param except a conversion that is decided again, which is no earlier purchase of itself
 */
export async function rewards(
  tx: Tx,
  sold: Sold,
  affiliate: Seller,
  referral: Pick<Referral, 'id'> | null,
  except?: number,
): Promise<Rewards> {
  const terms = await termsInForce(tx, affiliate.campaign_id, {
    affiliate_id: affiliate.id,
    level_id: affiliate.level_id,
    product_id: sold.product_id ?? null,
  })
  const parent = affiliate.parent_id === null ? undefined : await activeAffiliate(tx, affiliate.parent_id)
  const earlier = await earlierPurchases(tx, referral, sold, except)
  return rewardsBy(terms, parent?.id ?? null, sold, earlier, referral !== null)
}

/** The same by the terms it was decided under: only what the buyer paid before is looked up anew. */
export async function rewardsAgain(
  tx: Tx,
  sold: Sold,
  basis: Basis,
  referral: Pick<Referral, 'id'> | null,
  except: number,
): Promise<Rewards> {
  const terms = await termsOf(tx, basis)
  const parent = basis.parent_id === null ? undefined : await activeAffiliate(tx, basis.parent_id)
  const earlier = await earlierPurchases(tx, referral, sold, except)
  return rewardsBy(terms, parent?.id ?? null, { ...sold, given_commission: basis.given }, earlier, referral !== null)
}

export async function termsOf(tx: Tx, { rule_id, scope, campaign_rule_id }: Basis): Promise<TermsInForce> {
  const ids = [rule_id, campaign_rule_id].filter((id) => id !== null)
  const rules = ids.length > 0 ? await rulesById(tx, ids) : []
  const rule = rules.find(({ id }) => id === rule_id)
  const campaign = rules.find(({ id }) => id === campaign_rule_id)
  return { ...(scope && { [scope]: rule }), campaign }
}

/** Pure. */
export function rewardsBy(
  terms: TermsInForce,
  parentId: number | null,
  sold: Sold,
  earlier: Sale['earlier'],
  isKnown: boolean,
): Rewards {
  // After a trial the first money is a renewal to the provider; to us it is the first.
  const first = isKnown && sold.payment_kind === 'renewal' && earlier.payments === 0
  const { type, amount, currency, occurred_at, given_commission: given } = sold
  const payment_kind = first ? 'first' : (sold.payment_kind ?? null)
  const sale: Sale = { type, amount, currency, occurred_at, payment_kind, earlier, given }
  const commission = commissionFor(terms, sale)
  const { scope, rule } = ruleIn(terms)
  const basis: Basis = {
    rule_id: rule?.id ?? null,
    scope,
    campaign_rule_id: terms.campaign?.id ?? null,
    parent_id: parentId,
    earlier,
    ...(given !== undefined && { given }),
  }
  if (!('amount' in commission) || parentId === null || !terms.campaign) return { commission, basis }
  const second = secondTierFor(terms.campaign, sale, commission)
  return { commission, ...(second && { second_tier: { ...second, affiliate_id: parentId } }), basis }
}

const activeAffiliate = async (tx: Tx, id: number): Promise<{ id: number } | undefined> =>
  (await selectActive(tx, { id }))[0]

const selectActive = prepared((tx, { id }: { id: number }) =>
  tx.selectFrom('affiliate').select('id').where('id', '=', id).where('status', '=', 'active'),
)

/** Before a proven sale only proven ones count: what a browser claimed must not make it the second. */
async function earlierPurchases(
  tx: Tx,
  referral: Pick<Referral, 'id'> | null,
  { occurred_at, source }: Pick<Sold, 'occurred_at' | 'source'>,
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
