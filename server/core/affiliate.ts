/** Affiliates: joining, finding, listing with what they brought and earned. */
import { randomUUID } from 'node:crypto'
import { type ExpressionBuilder, sql } from 'kysely'
import type { Affiliate, Database, Instant, Tx } from '../db/schema.ts'
import { emailKey } from './email.ts'
import { DomainError } from './errors.ts'
import { type Balance, balanceAt } from './ledger.ts'
import { defaultCampaignId } from './project.ts'
import { codeKey, randomCode } from './referral-code.ts'

export interface AffiliateWithCode extends Affiliate {
  referral_code: string
}

/** An affiliate with all-time counts and one balance per currency he earned in. */
export interface AffiliateWithStats extends AffiliateWithCode {
  clicks: number
  signups: number
  purchases: number
  balances: Balance[]
}

/**
 * Creates an active affiliate with his referral code; a random one when none is given.
 * @throws DomainError 'affiliate_exists' | 'code_taken' (e-mails and codes are compared without case) | 'project_not_found'
 */
export async function createAffiliate(
  tx: Tx,
  projectId: number,
  affiliate: { email: string; referral_code?: string | undefined },
  now: Instant,
): Promise<AffiliateWithCode> {
  const row = await tx
    .insertInto('affiliate')
    .values({
      uuid: randomUUID(),
      project_id: projectId,
      campaign_id: await defaultCampaignId(tx, projectId),
      email: affiliate.email,
      email_key: emailKey(affiliate.email),
      status: 'active',
      created_at: now,
      updated_at: now,
    })
    .onConflict((clash) => clash.columns(['project_id', 'email_key']).doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!row)
    throw new DomainError(
      'affiliate_exists',
      `An affiliate with the e-mail ${affiliate.email} already exists in this project`,
    )

  const code = affiliate.referral_code ?? randomCode()
  const link = await tx
    .insertInto('link')
    .values({
      project_id: projectId,
      affiliate_id: row.id,
      code,
      code_key: codeKey(code),
      is_primary: 1,
      created_at: now,
    })
    .onConflict((clash) => clash.columns(['project_id', 'code_key']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!link) throw new DomainError('code_taken', `The referral code ${code} already exists in this project`)
  return { ...row, referral_code: code }
}

export function findAffiliate(tx: Tx, projectId: number, email: string): Promise<AffiliateWithCode | undefined> {
  return withCode(tx, projectId).where('affiliate.email_key', '=', emailKey(email)).executeTakeFirst()
}

/** @throws DomainError 'affiliate_not_found' */
export async function getAffiliateWithStats(
  tx: Tx,
  projectId: number,
  email: string,
  now: Instant,
): Promise<AffiliateWithStats> {
  const affiliate = await withStats(tx, projectId).where('affiliate.email_key', '=', emailKey(email)).executeTakeFirst()
  if (!affiliate) throw new DomainError('affiliate_not_found', 'Affiliate not found')
  const balances = await balancesOf(tx, [affiliate.id], now)
  return { ...affiliate, balances: balances.get(affiliate.id) ?? [] }
}

export interface AffiliateFilter {
  status?: string | undefined
  email?: string | undefined
  limit: number
  offset: number
}

/** One page in the order of joining, and how many there are in all. */
export async function listAffiliates(
  tx: Tx,
  projectId: number,
  filter: AffiliateFilter,
  now: Instant,
): Promise<{ rows: AffiliateWithStats[]; total: number }> {
  const rows = await withStats(tx, projectId)
    .where(matches(filter))
    .orderBy('affiliate.id')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
  const { total } = await tx
    .selectFrom('affiliate')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('affiliate.project_id', '=', projectId)
    .where(matches(filter))
    .executeTakeFirstOrThrow()
  const balances = await balancesOf(
    tx,
    rows.map((row) => row.id),
    now,
  )
  return { rows: rows.map((row) => ({ ...row, balances: balances.get(row.id) ?? [] })), total }
}

const matches = (filter: AffiliateFilter) => (eb: ExpressionBuilder<Database, 'affiliate'>) =>
  eb.and([
    ...(filter.status ? [eb('affiliate.status', '=', filter.status as Affiliate['status'])] : []),
    ...(filter.email ? [eb('affiliate.email_key', '=', emailKey(filter.email))] : []),
  ])

const withCode = (tx: Tx, projectId: number) =>
  tx
    .selectFrom('affiliate')
    .innerJoin('link', (join) => join.onRef('link.affiliate_id', '=', 'affiliate.id').on('link.is_primary', '=', 1))
    .selectAll('affiliate')
    .select('link.code as referral_code')
    .where('affiliate.project_id', '=', projectId)

const withStats = (tx: Tx, projectId: number) =>
  withCode(tx, projectId)
    .leftJoin('rollup', (join) =>
      join.onRef('rollup.affiliate_id', '=', 'affiliate.id').on('rollup.period', '=', 'all'),
    )
    .select([
      sql<number>`coalesce(rollup.clicks, 0)`.as('clicks'),
      sql<number>`coalesce(rollup.signups, 0)`.as('signups'),
      sql<number>`coalesce(rollup.purchases, 0)`.as('purchases'),
    ])

/** Balances per affiliate, one per currency. */
export async function balancesOf(tx: Tx, affiliateIds: number[], now: Instant): Promise<Map<number, Balance[]>> {
  if (affiliateIds.length === 0) return new Map()
  const rows = await tx
    .selectFrom('balance')
    .selectAll()
    .where('affiliate_id', 'in', affiliateIds)
    .orderBy('currency')
    .execute()
  const grouped = new Map<number, Balance[]>()
  for (const row of rows) grouped.set(row.affiliate_id, [...(grouped.get(row.affiliate_id) ?? []), balanceAt(row, now)])
  return grouped
}
