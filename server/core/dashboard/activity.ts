/** The newest that happened for an affiliate, with what it earned and why it is his: nothing of the customer, nothing of others. */
import { sql } from 'kysely'
import type { Conversion, Instant, Tx } from '../../db/schema.ts'
import type { CandidateKind } from '../kit/candidate-kind.ts'
import { netOf, UNDECIDED } from '../ledger/net.ts'
import type { ConversionDecision } from '../conversion/decision.ts'
import { prepared } from '../kit/prepared.ts'
import { codeKey } from '../affiliate/code.ts'

const SHOWN = 20

export interface Activity {
  id: number
  type: 'signup' | 'purchase' | 'other'
  at: Instant
  status: Conversion['status']
  sale: { amount: number; currency: string } | null
  commission: { amount: number; currency: string; taken_back: number; release_at: Instant | null; tier: 1 | 2 } | null
  reason: { kind: CandidateKind | 'second_tier'; code: string | null }
}

/** @param codes his links and coupons as they are written: only these are ever shown as a reason */
export async function recentActivity(tx: Tx, affiliateId: number, codes: string[]): Promise<Activity[]> {
  const spelled = new Map(codes.map((code) => [codeKey(code), code]))
  const own = await selectOwn(tx, { affiliateId })
  const invited = await selectSecondTier(tx, { affiliateId })
  return [
    ...own.map((row) => shown(row, reasonOf(row, affiliateId, spelled))),
    ...invited.map((row) => shown(row, INVITED)),
  ]
    .sort((a, b) => (a.at === b.at ? b.id - a.id : a.at < b.at ? 1 : -1))
    .slice(0, SHOWN)
}

const INVITED: Activity['reason'] = { kind: 'second_tier', code: null }

const columns = [
  'conversion.id',
  'conversion.type',
  'conversion.status',
  'conversion.occurred_at',
  'conversion.amount as sale_amount',
  'conversion.currency as sale_currency',
  'conversion.decision',
  'commission.amount',
  'commission.currency',
  'commission.taken_back',
  'commission.void',
  'commission.release_at',
  'commission.tier',
] as const

const selectOwn = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx
    .selectFrom('conversion')
    .leftJoin('commission', (join) =>
      join
        .onRef('commission.conversion_id', '=', 'conversion.id')
        .onRef('commission.affiliate_id', '=', 'conversion.affiliate_id')
        .on('commission.tier', '=', sql.lit(1)),
    )
    .select(columns)
    .where('conversion.affiliate_id', '=', affiliateId)
    .where('conversion.deleted_at', 'is', null)
    .orderBy('conversion.id', 'desc')
    .limit(SHOWN),
)

/** Found in the index of second tiers alone, for which the tier is a literal: somebody may have sold a lot himself. */
const selectSecondTier = prepared((tx, { affiliateId }: { affiliateId: number }) =>
  tx
    .selectFrom('commission')
    .innerJoin('conversion', 'conversion.id', 'commission.conversion_id')
    .select(columns)
    .where('commission.id', 'in', (eb) =>
      eb
        .selectFrom('commission')
        .select('id')
        .where('affiliate_id', '=', affiliateId)
        .where('tier', '=', sql.lit(2))
        .orderBy('id', 'desc')
        .limit(SHOWN),
    )
    .where('conversion.deleted_at', 'is', null),
)

type Row = Awaited<ReturnType<typeof selectOwn>>[number]

function shown(row: Row, reason: Activity['reason']): Activity {
  const { id, type, status, occurred_at: at, sale_amount, sale_currency } = row
  return {
    id,
    type: type === 'signup' || type === 'purchase' ? type : 'other',
    at,
    status,
    sale: sale_amount === null || sale_currency === null ? null : { amount: sale_amount, currency: sale_currency },
    commission: commissionOf(row),
    reason,
  }
}

function commissionOf({ amount, currency, taken_back, void: isVoid, release_at, tier }: Row): Activity['commission'] {
  if (amount === null || currency === null || taken_back === null || isVoid === null || release_at === null) return null
  const net = netOf({ amount, taken_back, void: isVoid })
  const known = release_at === UNDECIDED ? null : release_at
  return { amount: net, currency, taken_back: amount - net, release_at: known, tier: tier === 2 ? 2 : 1 }
}

/** From the stored decision. What is credited to them against it was credited by hand. */
function reasonOf({ decision }: Row, affiliateId: number, spelled: Map<string, string>): Activity['reason'] {
  const { winner, candidates } = JSON.parse(decision) as ConversionDecision
  if (winner?.affiliate_id !== affiliateId) return { kind: 'manual', code: null }
  const value = codeKey(candidates.find(({ outcome }) => outcome === 'won')?.value ?? '')
  // Some shops put `ref_` before the code. What a stored attribution is called is no code.
  const code = winner.kind === 'email' ? undefined : (spelled.get(value) ?? spelled.get(value.replace(/^ref_/, '')))
  return { kind: winner.kind, code: code ?? null }
}
