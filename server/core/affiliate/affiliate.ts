/** Affiliates: joining, finding, listing with what they brought and earned. */
import { randomUUID } from 'node:crypto'
import { type ExpressionBuilder, sql } from 'kysely'
import type { Affiliate, Database, Instant, Project, Tx } from '../../db/schema.ts'
import { getCampaign } from '../terms/campaign.ts'
import { claimCode } from './code-claim.ts'
import { emailKey } from '../kit/email.ts'
import { DomainError } from '../kit/errors.ts'
import { recordEvent } from '../news/feed.ts'
import { type Balance, balanceAt } from '../ledger/ledger.ts'
import { type Listed, listed, listedOf } from '../kit/listed.ts'
import { prepared } from '../kit/prepared.ts'
import { countAffiliate, defaultCampaignId } from '../project/project.ts'
import { codeKey, PRIMARY, randomCode } from './code.ts'
import { unlessTaken } from '../kit/unique.ts'

export interface AffiliateWithCode extends Affiliate {
  referral_code: string
}

/** An affiliate with all-time counts and one balance per currency he earned in. */
export interface AffiliateWithStats extends Pick<AffiliateWithCode, (typeof SHOWN)[number] | 'referral_code'> {
  clicks: number
  signups: number
  purchases: number
  balances: Balance[]
}

const SHOWN = [
  'id',
  'project_id',
  'email',
  'partner_slug',
  'name',
  'company',
  'website',
  'language',
  'campaign_id',
  'parent_id',
  'level_id',
  'created_at',
  'status',
] as const

/** An e-mail address, or the id as a number or its digits. */
export type AffiliateName = string | number

export interface NewAffiliate {
  email: string
  /** A random one when absent. */
  referral_code?: string | null | undefined
  partner_slug?: string | null | undefined
  name?: string | null | undefined
  company?: string | null | undefined
  website?: string | null | undefined
  /** What his mails are written in; the project's language when absent. */
  language?: string | null | undefined
  /** `pending`: waits for the owner's approval; active when absent. */
  status?: 'active' | 'pending' | undefined
  /** The project's default campaign when absent. */
  campaign_id?: number | undefined
  /** Who invited him. */
  parent?: AffiliateName | null | undefined
}

/**
 * Creates an affiliate with his referral code.
 * @throws DomainError 'affiliate_exists' | 'code_taken' (e-mails and codes are compared without case) | 'slug_taken' |
 * 'affiliate_not_found' (the parent) | 'campaign_not_found' | 'project_not_found'
 */
export async function createAffiliate(
  tx: Tx,
  projectId: number,
  affiliate: NewAffiliate,
  now: Instant,
): Promise<AffiliateWithCode> {
  const { email, partner_slug = null, campaign_id, parent } = affiliate
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
        status: affiliate.status ?? 'active',
        name: affiliate.name ?? null,
        company: affiliate.company ?? null,
        website: affiliate.website ?? null,
        language: affiliate.language ?? null,
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
  await claimCode(tx, row, code, () => codeTaken(code))

  const joined = { ...row, referral_code: code }
  await countAffiliate(tx, projectId, 1)
  await recordAffiliateEvent(tx, 'affiliate_joined', joined, now)
  return joined
}

export const emailTaken = (email: string) =>
  new DomainError('affiliate_exists', `An affiliate with the e-mail ${email} already exists in this project`)
export const codeTaken = (code: string, field = 'referral_code') =>
  new DomainError(
    'code_taken',
    `The referral code ${code} already exists in this project, or reads as one that does`,
    field,
  )
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
  return withCode(tx, projectId)
    .where(isNamed(nameOf(who)))
    .executeTakeFirst()
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
  const [affiliate] = withBalances(await selectNamed(tx, { projectId, ...nameOf(who) }), now)
  if (!affiliate) throw new DomainError('affiliate_not_found', 'Affiliate not found')
  return affiliate
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
  project: Project,
  { status, email, limit, offset }: AffiliateFilter,
  now: Instant,
): Promise<Listed<AffiliateWithStats>> {
  const filter = {
    projectId: project.id,
    status: status as Affiliate['status'] | undefined,
    email: email && emailKey(email),
  }
  const rows = withBalances(await selectPage(tx, { ...filter, offset }, String(limit + 1)), now)
  if (!status && !email) return listedOf({ limit, offset }, rows, project.affiliate_count)
  return listed(tx, { limit, offset }, rows, matching(tx, filter))
}

interface Filter {
  projectId: number
  status: Affiliate['status'] | undefined
  email: string | undefined
}

const matching = (tx: Tx, { projectId, status, email }: Filter) =>
  tx
    .selectFrom('affiliate')
    .where('affiliate.project_id', '=', projectId)
    .where('affiliate.deleted_at', 'is', null)
    .$if(Boolean(status), (query) => query.where('affiliate.status', '=', status as Affiliate['status']))
    .$if(Boolean(email), (query) => query.where('affiliate.email_key', '=', email as string))

const selectPage = prepared((tx, { offset, ...filter }: Filter & { offset: number }, limit) =>
  withStats(tx)
    .where(
      'affiliate.id',
      'in',
      // Those before the page are passed over in an index alone, not joined with their numbers.
      matching(tx, filter).select('affiliate.id').orderBy('affiliate.id').limit(Number(limit)).offset(offset),
    )
    .orderBy('affiliate.id')
    .orderBy('balance.currency'),
)

type Name = { id: number; email?: never } | { email: string; id?: never }

const nameOf = (who: AffiliateName): Name =>
  /^\d+$/.test(String(who)) ? { id: Number(who) } : { email: emailKey(String(who)) }

const isNamed =
  ({ id, email }: Name) =>
  (eb: ExpressionBuilder<Database, 'affiliate'>) =>
    id === undefined ? eb('affiliate.email_key', '=', email) : eb('affiliate.id', '=', id)

const selectNamed = prepared((tx, { projectId, ...name }: Name & { projectId: number }) =>
  withStats(tx)
    .where('affiliate.project_id', '=', projectId)
    .where('affiliate.deleted_at', 'is', null)
    .where(isNamed(name))
    .orderBy('balance.currency'),
)

const withLink = (tx: Tx) =>
  tx
    .selectFrom('affiliate')
    .innerJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'affiliate.id').on('link.is_primary', '=', PRIMARY),
    )

const withCode = (tx: Tx, projectId: number) =>
  withLink(tx)
    .selectAll('affiliate')
    .select('link.code as referral_code')
    .where('affiliate.project_id', '=', projectId)
    .where('affiliate.deleted_at', 'is', null)

/** A row per affiliate and currency. */
const withStats = (tx: Tx) =>
  withLink(tx)
    .leftJoin('rollup', (join) =>
      join.onRef('rollup.affiliate_id', '=', 'affiliate.id').on('rollup.period', '=', sql.lit('all')),
    )
    .leftJoin('balance', 'balance.affiliate_id', 'affiliate.id')
    .select([
      ...SHOWN.map((column) => `affiliate.${column}` as const),
      'link.code as referral_code',
      'rollup.clicks',
      'rollup.signups',
      'rollup.purchases',
      'balance.currency',
      'balance.earned',
      'balance.paid',
      'balance.held',
    ])

type StatsRow = Awaited<ReturnType<typeof selectNamed>>[number]

function withBalances(rows: StatsRow[], now: Instant): AffiliateWithStats[] {
  const affiliates: AffiliateWithStats[] = []
  for (const row of rows) {
    let last = affiliates.at(-1)
    if (last?.id !== row.id) {
      last = {
        id: row.id,
        project_id: row.project_id,
        email: row.email,
        partner_slug: row.partner_slug,
        name: row.name,
        company: row.company,
        website: row.website,
        language: row.language,
        campaign_id: row.campaign_id,
        parent_id: row.parent_id,
        level_id: row.level_id,
        created_at: row.created_at,
        status: row.status,
        referral_code: row.referral_code,
        clicks: row.clicks ?? 0,
        signups: row.signups ?? 0,
        purchases: row.purchases ?? 0,
        balances: [],
      }
      affiliates.push(last)
    }
    const { currency, earned, paid, held } = row
    if (currency !== null)
      last.balances.push(balanceAt({ currency, earned: earned ?? 0, paid: paid ?? 0, held: held ?? '{}' }, now))
  }
  return affiliates
}

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
