/** The ladder of performance levels as its owner sets it up; level.ts moves affiliates on it. */
import type { CommissionLevel, CommissionRule, Instant, Project, Tx } from '../../db/schema.ts'
import { getCampaign } from './campaign.ts'
import { DomainError } from '../kit/errors.ts'
import { toMinor } from '../kit/money.ts'
import { rulesOfCampaigns, setTerms } from './versions.ts'
import type { TermsChange } from './change.ts'

export interface LevelSetup {
  /** An existing level that is changed; without it the level of the same name is, or a new one made. */
  id?: number | undefined
  name: string
  metric: CommissionLevel['metric']
  /** Major units of the project's currency for `amount`; referrals or months otherwise. */
  threshold: number
  period: CommissionLevel['period']
  terms: TermsChange
}

export interface LevelWithTerms extends CommissionLevel {
  rule: CommissionRule | undefined
}

/** Lowest first. @throws DomainError 'campaign_not_found' */
export async function listLevels(tx: Tx, projectId: number, campaignId: number): Promise<LevelWithTerms[]> {
  await getCampaign(tx, projectId, campaignId)
  const levels = await tx
    .selectFrom('commission_level')
    .selectAll()
    .where('campaign_id', '=', campaignId)
    .where('position', '>', 0)
    .orderBy('position')
    .execute()
  const rules = (await rulesOfCampaigns(tx, [campaignId])).get(campaignId)
  return levels.map((level) => ({ ...level, rule: rules?.levels.get(level.id) }))
}

/**
 * Sets the whole ladder, lowest level first. A level that is not named any more is left by everybody on it; its row stays for
 * the commissions it made, at a negative position.
 * @throws DomainError 'campaign_not_found' | 'level_not_found' | 'invalid_request'
 */
export async function setLevels(
  tx: Tx,
  project: Project,
  campaignId: number,
  setups: LevelSetup[],
  now: Instant,
): Promise<LevelWithTerms[]> {
  const before = await listLevels(tx, project.id, campaignId)
  const matched = setups.map((setup) => ({ setup, level: levelOf(setup, before) }))
  const kept = matched.flatMap(({ level }) => level?.id ?? [])
  if (new Set(kept).size < kept.length || new Set(setups.map(({ name }) => name)).size < setups.length)
    throw new DomainError('invalid_request', 'levels: expected each level once, under a name of its own')

  await tx
    .updateTable('commission_level')
    .set((eb) => ({ position: eb.neg(eb.ref('id')) }))
    .where('campaign_id', '=', campaignId)
    .execute()
  for (const { id } of before) if (!kept.includes(id)) await retire(tx, project, campaignId, id, now)

  for (const [index, { setup, level }] of matched.entries()) {
    const { name, metric, period, terms } = setup
    const threshold = metric === 'amount' ? toMinor(setup.threshold, project.currency) : setup.threshold
    const columns = { position: index + 1, name, metric, period, threshold }
    const id = level
      ? (await tx.updateTable('commission_level').set(columns).where('id', '=', level.id).execute(), level.id)
      : await insertLevel(tx, project.id, campaignId, columns, now)
    await setTerms(tx, project, campaignId, { level_id: id }, terms, now)
  }
  return listLevels(tx, project.id, campaignId)
}

function levelOf(setup: LevelSetup, levels: LevelWithTerms[]): LevelWithTerms | undefined {
  const { id, name } = setup
  if (id === undefined) return levels.find((level) => level.name === name)
  const level = levels.find((candidate) => candidate.id === id)
  if (!level) throw new DomainError('level_not_found', `No level ${id} in this campaign`)
  return level
}

type LevelColumns = Pick<CommissionLevel, 'position' | 'name' | 'metric' | 'threshold' | 'period'>

async function insertLevel(tx: Tx, projectId: number, campaignId: number, columns: LevelColumns, now: Instant) {
  const { id } = await tx
    .insertInto('commission_level')
    .values({ project_id: projectId, campaign_id: campaignId, ...columns, created_at: now })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function retire(tx: Tx, project: Project, campaignId: number, levelId: number, now: Instant): Promise<void> {
  await setTerms(tx, project, campaignId, { level_id: levelId }, null, now)
  await tx
    .updateTable('affiliate')
    .set({ level_id: null, level_manual: 0, updated_at: now })
    .where('level_id', '=', levelId)
    .execute()
}
