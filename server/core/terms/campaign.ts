/** Campaigns: the sets of terms affiliates join. */
import type { Campaign, Instant, Project, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { type Listed, listed } from '../kit/listed.ts'
import { lockProject } from '../project/project.ts'
import { type CampaignRules, rulesOfCampaigns, setProductTerms, setTerms } from './versions.ts'
import type { TermsChange } from './change.ts'

export interface CampaignWithRules extends Campaign {
  rules: CampaignRules
}

export interface CampaignChange {
  name?: string | undefined
  description?: string | null | undefined
  is_default?: boolean | undefined
  terms?: TermsChange | undefined
  product_overrides?: { product_id: string; terms: TermsChange }[] | undefined
}

/** @throws DomainError 'campaign_not_found' */
export async function getCampaign(tx: Tx, projectId: number, id: number): Promise<Campaign> {
  const campaign = await tx
    .selectFrom('campaign')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!campaign) throw new DomainError('campaign_not_found', 'Campaign not found')
  return campaign
}

/** @throws DomainError 'campaign_not_found' */
export async function getCampaignWithRules(tx: Tx, projectId: number, id: number): Promise<CampaignWithRules> {
  const [campaign] = await withRules(tx, [await getCampaign(tx, projectId, id)])
  return campaign as CampaignWithRules
}

/** One page in the order of their making, and how many there are in all. */
export async function listCampaigns(
  tx: Tx,
  projectId: number,
  { limit, offset }: { limit: number; offset: number },
): Promise<Listed<CampaignWithRules>> {
  const campaigns = tx.selectFrom('campaign').where('project_id', '=', projectId)
  const rows = await campaigns
    .selectAll()
    .orderBy('id')
    .limit(limit + 1)
    .offset(offset)
    .execute()
  const found = await listed(tx, { limit, offset }, rows, campaigns)
  return { ...found, rows: await withRules(tx, found.rows) }
}

async function withRules(tx: Tx, campaigns: Campaign[]): Promise<CampaignWithRules[]> {
  const found = await rulesOfCampaigns(
    tx,
    campaigns.map(({ id }) => id),
  )
  const none = { own: undefined, products: [], levels: new Map() }
  return campaigns.map((campaign) => ({ ...campaign, rules: found.get(campaign.id) ?? none }))
}

/** @throws DomainError 'invalid_request' for terms that make no sense */
export async function createCampaign(
  tx: Tx,
  project: Project,
  campaign: CampaignChange & { name: string; terms: TermsChange },
  now: Instant,
): Promise<CampaignWithRules> {
  const { name, description = null, ...rest } = campaign
  const { id } = await tx
    .insertInto('campaign')
    .values({ project_id: project.id, name, description, is_default: 0, created_at: now, updated_at: now })
    .returning('id')
    .executeTakeFirstOrThrow()
  return changeCampaign(tx, project, id, rest, now)
}

/**
 * Changes what is given and leaves the rest. Changed terms are a new version for sales to come.
 * @throws DomainError 'campaign_not_found' | 'invalid_request'
 */
export async function changeCampaign(
  tx: Tx,
  project: Project,
  id: number,
  change: CampaignChange,
  now: Instant,
): Promise<CampaignWithRules> {
  const { name, description, is_default, terms, product_overrides } = change
  const campaign = await getCampaign(tx, project.id, id)
  if (is_default) await makeDefault(tx, campaign)
  if (is_default === false && campaign.is_default)
    throw new DomainError('invalid_request', 'is_default: expected true; make another campaign the default instead')
  await tx.updateTable('campaign').set({ name, description, updated_at: now }).where('id', '=', id).execute()
  if (terms) await setTerms(tx, project, id, {}, terms, now)
  if (product_overrides) await setProductTerms(tx, project, id, product_overrides, now)
  return getCampaignWithRules(tx, project.id, id)
}

/** Affiliates who join from now on without naming a campaign join this one. */
async function makeDefault(tx: Tx, { id, project_id }: Campaign): Promise<void> {
  await lockProject(tx, project_id)
  await tx
    .updateTable('campaign')
    .set({ is_default: 0 })
    .where('project_id', '=', project_id)
    .where('is_default', '=', 1)
    .execute()
  await tx.updateTable('campaign').set({ is_default: 1 }).where('id', '=', id).execute()
}
