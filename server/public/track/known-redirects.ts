/** Where referral links lead, from memory where possible: a locked or missing database must not cost the company a visitor. */
import { setTimeout as pause } from 'node:timers/promises'
import { Overloaded } from '../../core/kit/errors.ts'
import { findHome, findRedirects, type Home, type Redirect } from '../../core/click/redirect.ts'
import { codeKey } from '../../core/affiliate/code.ts'
import { retried } from '../../db/retried.ts'
import type { Db } from '../../db/schema.ts'

const FRESH_MS = 60_000
const KEPT = 100_000
/** So long a visitor waits for the database when an older answer is known. */
const PATIENCE_MS = 50
/** Codes that are looked up at the same time. */
const MOST_LOOKUPS = 500

export interface Found {
  redirect?: Redirect | undefined
  /** For a code that nobody has. */
  home?: Home | undefined
}

interface LookUp {
  links: Promise<{ redirects: Redirect[]; home: Home | undefined }>
  since: number
}

export function createRedirects(db: Db): {
  find(code: string, projectId: string | undefined, host: string): Promise<Found>
} {
  const kept = new Map<string, { redirects: Redirect[]; at: number }>()
  const lookUps = new Map<string, LookUp>()

  /** @throws Overloaded | what the database threw, when nothing is known of the code */
  async function find(code: string, projectId: string | undefined, host: string): Promise<Found> {
    const id = projectId === undefined ? undefined : /^\d{1,15}$/.test(projectId) ? Number(projectId) : -1
    const key = `${id ?? ''} ${codeKey(code)}`
    const known = kept.get(key)
    const answerOf = (redirects: Redirect[]): Found => ({ redirect: chosen(redirects, host) })
    if (known && performance.now() - known.at < FRESH_MS) return answerOf(known.redirects)

    const { links, since } = lookUp(key, code, id)
    if (!known) {
      const { redirects, home } = await links
      return redirects.length > 0 ? answerOf(redirects) : { home }
    }
    const patience = PATIENCE_MS - (performance.now() - since)
    if (patience <= 0) return answerOf(known.redirects)
    const newer = await Promise.race([links.catch(() => undefined), pause(patience)])
    if (!newer) return answerOf(known.redirects)
    return newer.redirects.length > 0 ? answerOf(newer.redirects) : { home: newer.home }
  }

  /** Everybody who asks for the same link waits for the same look into the database. */
  function lookUp(key: string, code: string, id: number | undefined): LookUp {
    const running = lookUps.get(key)
    if (running) return running
    if (lookUps.size >= MOST_LOOKUPS) throw new Overloaded('Too many links at once; try again in 2 seconds', 2)
    const links = retried(db, async (tx) => {
      const redirects = await findRedirects(tx, code, id)
      return { redirects, home: redirects.length > 0 ? undefined : await findHome(tx, id) }
    })
    const made = { links, since: performance.now() }
    lookUps.set(key, made)
    links
      .then(
        ({ redirects }) => keep(key, redirects),
        () => {},
      )
      .finally(() => lookUps.delete(key))
    return made
  }

  function keep(key: string, redirects: Redirect[]): void {
    kept.delete(key)
    if (redirects.length === 0) return
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value as string)
    kept.set(key, { redirects, at: performance.now() })
  }

  return { find }
}

/** Of several projects' equal codes: the one whose website the link stands under, else the one that was made first. */
const chosen = (redirects: Redirect[], host: string): Redirect | undefined =>
  (redirects.length > 1 && redirects.find(({ website }) => isWithin(host, website))) || redirects[0]

function isWithin(host: string, website: string): boolean {
  const site = URL.parse(website)?.hostname.replace(/^www\./, '')
  return site !== undefined && (host === site || host.endsWith(`.${site}`))
}
