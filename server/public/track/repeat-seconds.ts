/** How long a project takes further clicks of one visitor for repeats; read at most every five seconds. */
import { DomainError } from '../../core/kit/errors.ts'
import { getProject } from '../../core/project/project.ts'
import { settingsOf } from '../../core/project/settings.ts'
import { retried } from '../../db/retried.ts'
import type { Db } from '../../db/schema.ts'

const KEPT_MS = 5000
const PROJECTS = 10_000

/** @returns seconds; 0 for a project that does not exist, whose clicks are refused anyway */
export function createRepeatSeconds(db: Db): (projectId: number) => number | Promise<number> {
  const kept = new Map<number, { seconds: number; until: number }>()
  return (projectId) => {
    const found = kept.get(projectId)
    return found && found.until > performance.now() ? found.seconds : read(projectId)
  }

  async function read(projectId: number): Promise<number> {
    try {
      const seconds = settingsOf(await retried(db, (tx) => getProject(tx, projectId))).repeat_click_seconds
      if (kept.size >= PROJECTS) kept.clear()
      kept.set(projectId, { seconds, until: performance.now() + KEPT_MS })
      return seconds
    } catch (error) {
      if (error instanceof DomainError && error.code === 'project_not_found') return 0
      throw error
    }
  }
}
