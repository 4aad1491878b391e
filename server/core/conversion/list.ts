/** Conversions as the API shows them: with what they earned and whether it was paid. */
import { type ExpressionBuilder, sql } from 'kysely'
import type { Conversion, Database, Instant, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { type Listed, listed } from '../kit/listed.ts'
import { prepared } from '../kit/prepared.ts'
import { PRIMARY } from '../affiliate/code.ts'

export interface ConversionFilter {
  type?: string | undefined
  affiliate_id?: number | undefined
  referred_user_id?: number | undefined
  status?: Conversion['status'] | undefined
  paid?: boolean | undefined
  from?: Instant | undefined
  to?: Instant | undefined
  limit: number
  offset: number
}

export interface ConversionWithCommission extends Conversion {
  referral_code: string | null
  /** What it is worth now, after what was taken back; null when it never earned. */
  commission_amount: number | null
  commission_currency: string | null
  paid: boolean
}

/** One page, newest first, and how many there are in all. */
export async function listConversions(
  tx: Tx,
  projectId: number,
  filter: ConversionFilter,
): Promise<Listed<ConversionWithCommission>> {
  const rows = await withCommission(tx, projectId)
    // Those before the page are passed over in an index alone, not joined with their commissions.
    .where(
      'conversion.id',
      'in',
      matching(tx, projectId, filter)
        .select('conversion.id')
        .orderBy('conversion.id', 'desc')
        .limit(filter.limit + 1)
        .offset(filter.offset),
    )
    .orderBy('conversion.id', 'desc')
    .execute()
  return listed(tx, filter, rows.map(shown), matching(tx, projectId, filter))
}

/** All there are, before they are joined with what only the shown ones need. */
const matching = (tx: Tx, projectId: number, filter: ConversionFilter) =>
  tx
    .selectFrom('conversion')
    .where('conversion.project_id', '=', projectId)
    .where('conversion.deleted_at', 'is', null)
    .where(matches(filter))

/** @throws DomainError 'conversion_not_found' */
export async function getListedConversion(tx: Tx, projectId: number, id: number): Promise<ConversionWithCommission> {
  const [row] = await selectListed(tx, { projectId, id })
  if (!row) throw new DomainError('conversion_not_found', 'Conversion not found')
  return shown(row)
}

const selectListed = prepared((tx, { projectId, id }: { projectId: number; id: number }) =>
  withCommission(tx, projectId).where('conversion.id', '=', id),
)

const withCommission = (tx: Tx, projectId: number) =>
  tx
    .selectFrom('conversion')
    .leftJoin('commission', (join) =>
      join.onRef('commission.conversion_id', '=', 'conversion.id').on('commission.tier', '=', 1),
    )
    .where('conversion.project_id', '=', projectId)
    .where('conversion.deleted_at', 'is', null)
    .leftJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'conversion.affiliate_id').on('link.is_primary', '=', PRIMARY),
    )
    .selectAll('conversion')
    .select([
      'link.code as referral_code',
      'commission.payout_id',
      'commission.currency as commission_currency',
      sql<number | null>`case when commission.void = 1 then 0 else commission.amount - commission.taken_back end`.as(
        'commission_amount',
      ),
    ])

type Row = Awaited<ReturnType<ReturnType<typeof withCommission>['executeTakeFirstOrThrow']>>

const shown = ({ payout_id, ...row }: Row): ConversionWithCommission => ({ ...row, paid: payout_id !== null })

const matches = (filter: ConversionFilter) => (eb: ExpressionBuilder<Database, 'conversion'>) =>
  eb.and([
    ...(filter.type ? [eb('conversion.type', '=', filter.type)] : []),
    ...(filter.affiliate_id === undefined ? [] : [eb('conversion.affiliate_id', '=', filter.affiliate_id)]),
    ...(filter.referred_user_id === undefined ? [] : [eb('conversion.referral_id', '=', filter.referred_user_id)]),
    ...(filter.status ? [eb('conversion.status', '=', filter.status)] : []),
    ...(filter.paid === undefined ? [] : [filter.paid ? eb.exists(paidOut(eb)) : eb.not(eb.exists(paidOut(eb)))]),
    ...(filter.from ? [eb('conversion.occurred_at', '>=', filter.from)] : []),
    ...(filter.to ? [eb('conversion.occurred_at', '<=', filter.to)] : []),
  ])

/** The commission of the first tier, when it was paid by hand. */
const paidOut = (eb: ExpressionBuilder<Database, 'conversion'>) =>
  eb
    .selectFrom('commission')
    .select('commission.id')
    .whereRef('commission.conversion_id', '=', 'conversion.id')
    .where('commission.tier', '=', 1)
    .where('commission.payout_id', 'is not', null)
