/** Affiliates: joining, finding, listing with what they brought and earned. */
import { randomUUID } from 'node:crypto'
import { type ExpressionBuilder, sql } from 'kysely'
import type { Affiliate, Database, Instant, Tx } from '../db/schema.ts'
import { getCampaign } from './campaign.ts'
import { emailKey } from './email.ts'
import { DomainError } from './errors.ts'
import { recordEvent } from './event.ts'
import { type Balance, balanceAt } from './ledger.ts'
import { defaultCampaignId } from './project.ts'
import { codeKey, PRIMARY, randomCode } from './referral-code.ts'
import { unlessTaken } from './unique.ts'

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

/** An e-mail address, or the id as a number or its digits. */
export type AffiliateName = string | number

export interface NewAffiliate {
  email: string
  /** A random one when absent. */
  referral_code?: string | undefined
  partner_slug?: string | null | undefined
  name?: string | null | undefined
  /** The project's default campaign when absent. */
  campaign_id?: number | undefined
  /** Who invited him. */
  parent?: AffiliateName | null | undefined
}

/**
 * Creates an active affiliate with his referral code.
 * @throws DomainError 'affiliate_exists' | 'code_taken' (e-mails and codes are compared without case) | 'slug_taken' |
 * 'affiliate_not_found' (the parent) | 'campaign_not_found' | 'project_not_found'
 */
export async function createAffiliate(
  tx: Tx,
  projectId: number,
  affiliate: NewAffiliate,
  now: Instant,
): Promise<AffiliateWithCode> {
  const { email, partner_slug = null, name = null, campaign_id, parent } = affiliate
  const campaignId = campaign_id
    ? (await getCampaign(tx, projectId, campaign_id)).id
    : await defaultCampaignId(tx, projectId)
  const inviter = parent == null ? null : await getAffiliate(tx, projectId, parent)
  const row = await unlessTaken(
    tx
      .insertInto('affiliate')
      .values({
        uuid: randomUUID(),
        project_id: projectId,
        campaign_id: campaignId,
        email,
        email_key: emailKey(email),
        status: 'active',
        name,
        partner_slug,
        parent_id: inviter?.id ?? null,
        created_at: now,
        updated_at: now,
      })
      .onConflict((clash) => clash.columns(['project_id', 'email_key']).doNothing())
      .returningAll()
      .executeTakeFirst(),
    () => slugTaken(partner_slug),
  )
  if (!row) throw emailTaken(email)

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
  if (!link) throw codeTaken(code)

  const joined = { ...row, referral_code: code }
  await recordAffiliateEvent(tx, 'affiliate_joined', joined, now)
  return joined
}

export const emailTaken = (email: string) =>
  new DomainError('affiliate_exists', `An affiliate with the e-mail ${email} already exists in this project`)
export const codeTaken = (code: string) =>
  new DomainError('code_taken', `The referral code ${code} already exists in this project`)
export const slugTaken = (slug: string | null) =>
  new DomainError('slug_taken', `The partner slug ${slug} already exists in this project`)

/** Tells the feed. Call it last. */
export const recordAffiliateEvent = (
  tx: Tx,
  type: 'affiliate_joined' | 'affiliate_updated',
  { id, project_id, email, status }: Affiliate,
  now: Instant,
) => {
  const payload = { referrer: { id: String(id), email }, affiliate: { status } }
  return recordEvent(tx, project_id, { type, subject: `affiliate ${id}`, payload }, now)
}

export function findAffiliate(tx: Tx, projectId: number, who: AffiliateName): Promise<AffiliateWithCode | undefined> {
  return withCode(tx, projectId).where(isNamed(who)).executeTakeFirst()
}

/** @throws DomainError 'affiliate_not_found' */
export async function getAffiliate(tx: Tx, projectId: number, who: AffiliateName): Promise<AffiliateWithCode> {
  const affiliate = await findAffiliate(tx, projectId, who)
  if (!affiliate) throw new DomainError('affiliate_not_found', 'Affiliate not found')
  return affiliate
}

/** @throws DomainError 'affiliate_not_found' */
export async function getAffiliateWithStats(
  tx: Tx,
  projectId: number,
  who: AffiliateName,
  now: Instant,
): Promise<AffiliateWithStats> {
  const affiliate = await withStats(tx, projectId).where(isNamed(who)).executeTakeFirst()
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
  const matching = tx
    .selectFrom('affiliate')
    .where('affiliate.project_id', '=', projectId)
    .where('affiliate.deleted_at', 'is', null)
    .where(matches(filter))
  // Those before the page are counted in an index alone, not joined with their numbers.
  const ids = matching.select('affiliate.id').orderBy('affiliate.id').limit(filter.limit).offset(filter.offset)
  const rows = await withStats(tx, projectId).where('affiliate.id', 'in', ids).orderBy('affiliate.id').execute()
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  const balances = await balancesOf(
    tx,
    rows.map((row) => row.id),
    now,
  )
  return { rows: rows.map((row) => ({ ...row, balances: balances.get(row.id) ?? [] })), total }
}

const isNamed = (who: AffiliateName) => (eb: ExpressionBuilder<Database, 'affiliate'>) =>
  /^\d+$/.test(String(who))
    ? eb('affiliate.id', '=', Number(who))
    : eb('affiliate.email_key', '=', emailKey(String(who)))

const matches = (filter: AffiliateFilter) => (eb: ExpressionBuilder<Database, 'affiliate'>) =>
  eb.and([
    ...(filter.status ? [eb('affiliate.status', '=', filter.status as Affiliate['status'])] : []),
    ...(filter.email ? [eb('affiliate.email_key', '=', emailKey(filter.email))] : []),
  ])

const withCode = (tx: Tx, projectId: number) =>
  tx
    .selectFrom('affiliate')
    .innerJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'affiliate.id').on('link.is_primary', '=', PRIMARY),
    )
    .selectAll('affiliate')
    .select('link.code as referral_code')
    .where('affiliate.project_id', '=', projectId)
    .where('affiliate.deleted_at', 'is', null)

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
