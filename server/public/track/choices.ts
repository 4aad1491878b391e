/** What the tracker may know of a project's choices; it comes with a click's answer, so only referred visitors cause it. */
import { getProject } from '../../core/project/project.ts'
import { settingsOf } from '../../core/project/settings.ts'
import type { Db } from '../../db/schema.ts'
import { retried } from '../../db/retried.ts'

/** What is left out is off. */
export interface Choices {
  /** The first click is credited, not the newest one. */
  first?: true
  /** Global Privacy Control is a refusal of consent. */
  gpc?: true
  /** Links to these domains and what is below them carry the code on. */
  domains?: string[]
}

/** Reading and checking the settings for every click would cost more than the click. */
const KEPT_MS = 5000

/** @returns the project's choices for a page of that origin, at most five seconds old; rejects with 'project_not_found' */
export function createTrackerChoices(
  db: Db,
): (projectId: number, origin: string | undefined) => Choices | Promise<Choices> {
  const kept = new Map<number, { choices: Choices; until: number }>()
  return (projectId, origin) => {
    const found = kept.get(projectId)
    return found && found.until > performance.now() ? choicesFor(found.choices, origin) : read(projectId, origin)
  }

  async function read(projectId: number, origin: string | undefined): Promise<Choices> {
    const { attribution, cross_domains, respect_gpc } = settingsOf(await retried(db, (tx) => getProject(tx, projectId)))
    const choices: Choices = {
      ...(attribution === 'first' && { first: true }),
      ...(respect_gpc && { gpc: true }),
      ...(cross_domains.length > 0 && { domains: cross_domains.map((domain) => domain.toLowerCase()) }),
    }
    kept.set(projectId, { choices, until: performance.now() + KEPT_MS })
    return choicesFor(choices, origin)
  }
}

/** Leaves out the domains that the page itself lies within, because its cookies are there already. */
export function choicesFor({ domains = [], ...choices }: Choices, origin: string | undefined): Choices {
  const page = origin && URL.parse(origin)?.hostname
  const others = domains.filter((domain) => !(page && `.${page}`.endsWith(`.${domain}`)))
  return others.length > 0 ? { ...choices, domains: others } : choices
}
