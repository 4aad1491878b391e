/** Affiliates: joining, and finding them by id or email. */
import { randomUUID } from 'node:crypto'
import type { ExpressionBuilder } from 'kysely'
import type { Affiliate, Database, Instant, Tx } from '../../db/schema.ts'
import { getCampaign } from '../terms/campaign.ts'
import { claimCode } from './code-claim.ts'
import { emailKey } from '../kit/email.ts'
import { DomainError } from '../kit/errors.ts'
import { recordEvent } from '../news/feed.ts'
import { countAffiliate, defaultCampaignId } from '../project/project.ts'
import { codeKey, PRIMARY, randomCode } from './code.ts'
import { unlessTaken } from '../kit/unique.ts'

export interface AffiliateWithCode extends Affiliate {
  referral_code: string
}

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

export type Name = { id: number; email?: never } | { email: string; id?: never }

export const nameOf = (who: AffiliateName): Name =>
  /^\d+$/.test(String(who)) ? { id: Number(who) } : { email: emailKey(String(who)) }

export const isNamed =
  ({ id, email }: Name) =>
  (eb: ExpressionBuilder<Database, 'affiliate'>) =>
    id === undefined ? eb('affiliate.email_key', '=', email) : eb('affiliate.id', '=', id)

export const withLink = (tx: Tx) =>
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
