/** What the tracker may know of a project's settings; it comes with a click's answer, so only referred visitors cause it. */
import { getProject } from '../core/project.ts'
import { settingsOf } from '../core/settings.ts'
import type { Db } from '../db/schema.ts'

export interface TrackerSettings {
  attribution: 'last' | 'first'
  /** Hosts whose links carry the code on. */
  cross_domains: string[]
  /** Is Global Privacy Control a refusal of consent? */
  gpc: boolean
}

/** Reading and checking the settings for every click would cost more than the click. */
const KEPT_MS = 5000

/** @returns the project's settings, at most five seconds old; rejects with 'project_not_found' */
export function createTrackerSettings(db: Db): (projectId: number) => TrackerSettings | Promise<TrackerSettings> {
  const kept = new Map<number, { settings: TrackerSettings; until: number }>()
  return (projectId) => {
    const found = kept.get(projectId)
    return found && found.until > performance.now() ? found.settings : read(projectId)
  }

  async function read(projectId: number): Promise<TrackerSettings> {
    const { attribution, cross_domains, respect_gpc } = settingsOf(
      await db.transaction().execute((tx) => getProject(tx, projectId)),
    )
    const settings = { attribution, cross_domains, gpc: respect_gpc }
    kept.set(projectId, { settings, until: performance.now() + KEPT_MS })
    return settings
  }
}
