/** Affiliates with what they brought and earned, as lists and profiles show them. */
import { sql } from 'kysely'
import type { Affiliate, Instant, Project, Tx } from '../../db/schema.ts'
import { emailKey } from '../kit/email.ts'
import { DomainError } from '../kit/errors.ts'
import { type Listed, listed, listedOf } from '../kit/listed.ts'
import { prepared } from '../kit/prepared.ts'
import { type Balance, balanceAt } from '../ledger/ledger.ts'
import { type AffiliateName, type AffiliateWithCode, isNamed, type Name, nameOf, withLink } from './affiliate.ts'

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

const selectNamed = prepared((tx, { projectId, ...name }: Name & { projectId: number }) =>
  withStats(tx)
    .where('affiliate.project_id', '=', projectId)
    .where('affiliate.deleted_at', 'is', null)
    .where(isNamed(name))
    .orderBy('balance.currency'),
)

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
