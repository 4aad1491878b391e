/** Does at payment providers what was asked for: coupons to make and to delete. What fails is tried again for two days. */
import type { Context } from '../context.ts'
import { findConnection } from '../core/project/provider-connection.ts'
import { dueTasks, failTask, finishTask } from '../core/project/provider-task.ts'
import { keyOf } from '../providers/check.ts'
import { providerNamed } from '../providers/registry.ts'
import type { JobContext } from './job.ts'
import { retried } from '../db/retried.ts'

const AT_ONCE = 50

export async function doProviderTasks(
  context: Pick<Context, 'db' | 'clock' | 'sealer'> & { log: Pick<JobContext['log'], 'warn'> },
): Promise<void> {
  const { db, clock, log } = context
  const due = await retried(db, (tx) => dueTasks(tx, clock.now(), AT_ONCE))
  for (const task of due) {
    const { tasks, title, problemOf } = providerNamed(task.provider)
    try {
      const connection = await retried(db, (tx) => findConnection(tx, task.project_id, task.provider))
      const key = connection && keyOf(context, connection)
      if (!key) throw new Error('no key for the provider is stored any more')
      if (!tasks) throw new Error(`nothing can be done at ${title} from here`)
      await tasks.perform(key, task)
      await retried(db, (tx) => finishTask(tx, task.id))
    } catch (error) {
      const problem = problemOf(error)
      log.warn(
        { provider: task.provider, task: task.kind, fields: task.fields },
        `not done at the provider: ${problem}`,
      )
      const failure = { error: `${problem}: ${task.fields}`, passing: tasks?.isPassing(error) ?? false }
      await retried(db, (tx) => failTask(tx, task, failure, clock.now()))
    }
  }
}
