/** A new project starts with a default campaign, so that its first affiliate can earn at once. */
import type { Instant, Project, Tx } from '../../db/schema.ts'
import { parseCurrency } from '../kit/money.ts'
import { newRule } from './rule.ts'

export interface NewProject {
  name: string
  website: string | null
  currency: string
  /** The widget's HMAC secret, sealed by the caller: core holds no keys. */
  hmac_secret_sealed: string
}

/** Creates a project with a default campaign of 20 % and no hold. @throws DomainError 'invalid_request' for a wrong currency */
export async function createProject(tx: Tx, project: NewProject, now: Instant): Promise<Project> {
  const row = await tx
    .insertInto('project')
    .values({ ...project, currency: parseCurrency(project.currency), settings: '{}', created_at: now })
    .returningAll()
    .executeTakeFirstOrThrow()
  const campaign = await tx
    .insertInto('campaign')
    .values({ project_id: row.id, name: 'Default', is_default: 1, created_at: now })
    .returning('id')
    .executeTakeFirstOrThrow()
  await newRule(
    tx,
    row.id,
    campaign.id,
    { kind: 'percent', basis_points: 2000, amount: null, currency: null, hold_days: 0 },
    now,
  )
  return row
}
