/** What is to be done at a payment provider after a change here: asked for in the change's transaction, done by a job. */
import type { Instant, ProviderTask, Tx } from '../../db/schema.ts'
import { PROVIDER_RETRY_MINUTES } from '../kit/retry.ts'
import { addMinutes } from '../kit/time.ts'

export interface NewTask {
  kind: ProviderTask['kind']
  fields: object
}

export async function addTask(tx: Tx, projectId: number, provider: string, task: NewTask, now: Instant): Promise<void> {
  await tx
    .insertInto('provider_task')
    .values({
      project_id: projectId,
      provider,
      kind: task.kind,
      fields: JSON.stringify(task.fields),
      next_attempt_at: now,
      error: null,
      created_at: now,
    })
    .execute()
}

/** Due tasks, oldest first: what is to be deleted was made before. */
export const dueTasks = (tx: Tx, now: Instant, limit: number): Promise<ProviderTask[]> =>
  tx.selectFrom('provider_task').selectAll().where('next_attempt_at', '<=', now).orderBy('id').limit(limit).execute()

export async function finishTask(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('provider_task').where('id', '=', id).execute()
}

/** @param passing another attempt may help */
export async function failTask(
  tx: Tx,
  { id, attempts }: ProviderTask,
  { error, passing }: { error: string; passing: boolean },
  now: Instant,
): Promise<void> {
  const minutes = passing ? PROVIDER_RETRY_MINUTES[attempts] : undefined
  await tx
    .updateTable('provider_task')
    .set({
      attempts: attempts + 1,
      next_attempt_at: minutes === undefined ? null : addMinutes(now, minutes),
      error: error.slice(0, 1000),
    })
    .where('id', '=', id)
    .execute()
}

/** Tried, and not done yet. */
export const failedTasks = (tx: Tx, projectId: number, provider: string): Promise<ProviderTask[]> =>
  tx
    .selectFrom('provider_task')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('provider', '=', provider)
    .where('error', 'is not', null)
    .orderBy('id')
    .execute()
