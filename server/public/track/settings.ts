/** What the tracker may know of a project's choices; it comes with a click's answer, so only referred visitors cause it. */
import { getProject } from '../../core/project/project.ts'
import { settingsOf } from '../../core/project/settings.ts'
import type { Db } from '../../db/schema.ts'
import { remembered } from './remembered.ts'
import { retried } from '../../db/retried.ts'

export interface Choices {
  first_click: boolean
  /** Is Global Privacy Control a refusal of consent? */
  gpc: boolean
  /** Hosts whose links carry the code on. */
  cross_domains: string[]
}

/**
 * The choices as one regular expression, by which the tracker asks for each: it matches `first_click` and `gpc` where they
 * are chosen, and the addresses of the company's other sites.
 */
export type TrackerSettings = string

/** Reading and checking the settings for every click would cost more than the click. */
const KEPT_MS = 5000

/** @returns the project's choices for a page of that origin, at most five seconds old; rejects with 'project_not_found' */
export function createTrackerSettings(
  db: Db,
): (projectId: number, origin: string | undefined) => TrackerSettings | Promise<TrackerSettings> {
  const kept = new Map<number, { pattern: (origin: string) => TrackerSettings; until: number }>()
  return (projectId, origin = '') => {
    const found = kept.get(projectId)
    return found && found.until > performance.now() ? found.pattern(origin) : read(projectId, origin)
  }

  async function read(projectId: number, origin: string): Promise<TrackerSettings> {
    const { attribution, cross_domains, respect_gpc } = settingsOf(await retried(db, (tx) => getProject(tx, projectId)))
    const choices = { first_click: attribution === 'first', gpc: respect_gpc, cross_domains }
    const pattern = remembered((of: string) => trackerSettings(choices, of))
    kept.set(projectId, { pattern, until: performance.now() + KEPT_MS })
    return pattern(origin)
  }
}

/** Domains the page itself lies within are left out: its cookies are there already. */
export function trackerSettings(choices: Choices, origin: string): TrackerSettings {
  const page = URL.parse(origin)?.hostname
  const others = choices.cross_domains
    .map((domain) => domain.toLowerCase())
    .filter((domain) => !(page && `.${page}`.endsWith(`.${domain}`)))
    .map((domain) => domain.replaceAll('.', '\\.'))
  const chosen = [
    choices.first_click && 'first_click$',
    choices.gpc && 'gpc$',
    others.length > 0 && `https?://([^/?#@]+\\.)?(${others.join('|')})(:\\d+)?[/?#]`,
  ].filter((part) => part !== false)
  return chosen.length > 0 ? `^(${chosen.join('|')})` : '^$'
}
