/** Which payment providers a project listens to, and the sealed secrets their webhooks are signed with. */
import type { Instant, Tx } from '../db/schema.ts'
import { getProject } from './project.ts'

/** Connects, or replaces the secret of a connected provider. @throws DomainError 'project_not_found' */
export async function connectProvider(
  tx: Tx,
  projectId: number,
  provider: string,
  webhookSecretSealed: string,
  now: Instant,
): Promise<void> {
  await getProject(tx, projectId)
  await tx
    .insertInto('provider_connection')
    .values({
      project_id: projectId,
      provider,
      webhook_secret_sealed: webhookSecretSealed,
      created_at: now,
      updated_at: now,
    })
    .onConflict((clash) =>
      clash
        .columns(['project_id', 'provider'])
        .doUpdateSet({ webhook_secret_sealed: webhookSecretSealed, updated_at: now }),
    )
    .execute()
}

export const findConnection = (tx: Tx, projectId: number, provider: string) =>
  tx
    .selectFrom('provider_connection')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('provider', '=', provider)
    .executeTakeFirst()
