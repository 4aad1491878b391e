/** Projects: one company's programme each, with its settings and its default campaign. */
import type { Instant, Project, Tx } from '../../db/schema.ts'
import { doLast, type Last } from '../../db/last.ts'
import { DomainError } from '../kit/errors.ts'
import { prepared } from '../kit/prepared.ts'
import { type Settings, settingsOf } from './settings.ts'

export const listProjects = (tx: Tx) =>
  tx.selectFrom('project').select(['id', 'name', 'currency', 'website', 'created_at']).orderBy('id').execute()

/** @throws DomainError 'project_not_found' */
export async function getProject(tx: Tx, projectId: number): Promise<Project> {
  const [project] = await selectProject(tx, { projectId })
  if (!project) throw new DomainError('project_not_found', `No project ${projectId}`)
  return project
}

/** The project of a server that has one alone. */
export async function onlyProject(tx: Tx): Promise<Project | undefined> {
  const [project, another] = await tx.selectFrom('project').selectAll().orderBy('id').limit(2).execute()
  return another ? undefined : project
}

const selectProject = prepared((tx, { projectId }: { projectId: number }) =>
  tx.selectFrom('project').selectAll().where('id', '=', projectId),
)

/** Makes every other change to what the project has one of wait until the transaction ends; take it after an affiliate's lock. */
export async function lockProject(tx: Tx, projectId: number): Promise<void> {
  await tx
    .updateTable('project')
    .set((eb) => ({ event_seq: eb.ref('event_seq') }))
    .where('id', '=', projectId)
    .execute()
}

/** One affiliate more or less, right before the commit: the project's row is the feed's too. */
export const countAffiliate = (tx: Tx, projectId: number, difference: 1 | -1): Promise<void> =>
  doLast(tx, AFFILIATE_COUNT, [{ projectId, difference }])

const AFFILIATE_COUNT: Last<{ projectId: number; difference: number }> = {
  order: 2,
  async run(tx, items) {
    const projects = Map.groupBy(items, ({ projectId }) => projectId)
    for (const [projectId, own] of [...projects].sort(([a], [b]) => a - b)) {
      const by = own.reduce((sum, { difference }) => sum + difference, 0)
      await tx
        .updateTable('project')
        .set((eb) => ({ affiliate_count: eb('affiliate_count', '+', by) }))
        .where('id', '=', projectId)
        .execute()
    }
  },
}

/** A project id as browsers send it: a number or its text; anything else names no project. */
export function parseProjectId(value: number | string): number {
  const id = typeof value === 'number' ? value : Number(/^\d{1,15}$/.test(value) ? value : Number.NaN)
  if (!Number.isSafeInteger(id) || id < 1)
    throw new DomainError(
      'project_not_found',
      `No project ${JSON.stringify(value)}; data-project-id is the number that "project create" printed`,
    )
  return id
}

export async function defaultCampaignId(tx: Tx, projectId: number): Promise<number> {
  const campaign = await tx
    .selectFrom('campaign')
    .select('id')
    .where('project_id', '=', projectId)
    .where('is_default', '=', 1)
    .executeTakeFirst()
  if (!campaign) throw new DomainError('project_not_found', `No project ${projectId}`)
  return campaign.id
}

/** @throws DomainError 'project_not_found' */
export async function changeSettings(tx: Tx, projectId: number, change: Partial<Settings>): Promise<Settings> {
  const settings = { ...settingsOf(await getProject(tx, projectId)), ...change }
  await tx
    .updateTable('project')
    .set({ settings: JSON.stringify(settings) })
    .where('id', '=', projectId)
    .execute()
  return settings
}

/**
 * A new HMAC secret for the host page's signatures. The one before it counts until `overlapEnds`; one that was still being
 * exchanged then ends at once.
 * @throws DomainError 'project_not_found'
 */
export async function rotateHmacSecret(tx: Tx, projectId: number, sealed: string, overlapEnds: Instant): Promise<void> {
  const { hmac_secret_sealed } = await getProject(tx, projectId)
  await tx
    .updateTable('project')
    .set({
      hmac_secret_sealed: sealed,
      hmac_secret_previous_sealed: hmac_secret_sealed,
      hmac_secret_previous_until: overlapEnds,
    })
    .where('id', '=', projectId)
    .execute()
}

/** The address referral links lead to and the widget shows. */
export async function changeWebsite(tx: Tx, projectId: number, website: string): Promise<void> {
  await getProject(tx, projectId)
  await tx.updateTable('project').set({ website }).where('id', '=', projectId).execute()
}
