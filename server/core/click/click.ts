/** Clicks: many are recorded in one transaction, each is told its own outcome. */
import type { Selectable } from 'kysely'
import type { ClickTable, Instant, Tx } from '../../db/schema.ts'
import { codeKey } from '../affiliate/code.ts'
import { partsOf, prepared } from '../kit/prepared.ts'
import { addUncounted, type UncountedClicks, type UncountedReason } from './not-counted.ts'
import { type Counted, count } from '../affiliate/counters.ts'
import { dayOf } from '../kit/time.ts'

export interface NewClick {
  project_id: number
  code: string
  /** Made by the browser (or the redirect), opaque; the same id again is the same click. */
  click_id: string
  /** A hash salted for the day; neither address nor user agent is kept. */
  visitor_hash: string
  landing_url: string | null
  referrer: string | null
  source: 'script' | 'redirect'
  /** A bot's click is stored and attributable, but not counted. */
  bot: boolean
  /** Why it is not counted; absent: it is. */
  uncounted?: UncountedReason
  /** `false`: it leaves no row, so nothing can be attributed to it. */
  stored?: boolean
  at: Instant
}

export type ClickOutcome = 'counted' | UncountedReason | 'duplicate' | 'unknown_code' | 'inactive_code'

/**
 * Records clicks of any projects: one look-up, one insert, one rollup. Outcomes come in the order of the clicks.
 * @param lost clicks that left nothing but their number, written along
 */
export async function recordClicks(tx: Tx, clicks: NewClick[], lost: UncountedClicks[] = []): Promise<ClickOutcome[]> {
  const keys = clicks.map((click) => linkKey(click.project_id, codeKey(click.code)))
  const links = await findLinks(tx, clicks)
  const rows: ClickRow[] = []
  for (const [index, click] of clicks.entries()) {
    const link = links.get(keys[index] as string)
    if (link?.status === 'active' && click.stored !== false) rows.push(rowOf(click, link))
  }
  // By their key: unsorted, two processes that get the same ids in another order deadlock.
  rows.sort((a, b) => a.project_id - b.project_id || (a.click_id < b.click_id ? -1 : 1))
  const inserted = await inParts(rows, (part) => insertClicks(tx, { rows: part }))

  // Each new row is claimed by the first click that carries its id: a repeat in the same batch is a duplicate too.
  const allFresh = inserted.length === rows.length
  const fresh = new Set(allFresh ? [] : inserted.map((row) => linkKey(row.project_id, row.click_id)))
  const counted: Counted[] = []
  const uncounted = [...lost]
  const outcomes = clicks.map((click, index): ClickOutcome => {
    const link = links.get(keys[index] as string)
    if (!link) return 'unknown_code'
    if (link.status !== 'active') return 'inactive_code'
    const { project_id, click_id, bot, uncounted: reason, stored } = click
    if (stored !== false && !allFresh && !fresh.delete(linkKey(project_id, click_id))) return 'duplicate'
    const { affiliate_id } = link
    const day = dayOf(click.at)
    const left = reason ?? (bot ? 'bot' : undefined)
    if (left) uncounted.push({ project_id, day, affiliate_id, reason: left, clicks: 1 })
    else counted.push({ project_id, affiliate_id, day, counter: 'clicks' })
    return left ?? 'counted'
  })
  await count(tx, counted)
  await addUncounted(tx, uncounted)
  return outcomes
}

type ClickRow = Omit<Selectable<ClickTable>, 'id'>

const rowOf = (click: NewClick, link: FoundLink): ClickRow => ({
  project_id: click.project_id,
  affiliate_id: link.affiliate_id,
  link_id: link.id,
  click_id: click.click_id,
  visitor_hash: click.visitor_hash,
  landing_url: click.landing_url,
  referrer: click.referrer,
  source: click.source,
  bot: click.bot ? 1 : 0,
  created_at: click.at,
})

const insertClicks = prepared((tx, { rows }: { rows: ClickRow[] }) =>
  tx
    .insertInto('click')
    .values(rows)
    .onConflict((clash) => clash.columns(['project_id', 'click_id']).doNothing())
    .returning(['project_id', 'click_id']),
)

interface FoundLink {
  id: number
  affiliate_id: number
  status: string
}

async function findLinks(tx: Tx, clicks: NewClick[]): Promise<Map<string, FoundLink>> {
  const projects = unique(clicks.map((click) => click.project_id))
  const codes = unique(clicks.map((click) => codeKey(click.code)))
  const found = await inParts(codes, (part) => selectLinks(tx, { projects, codes: part }))
  return new Map(found.map((link) => [linkKey(link.project_id, link.code_key), link]))
}

const selectLinks = prepared((tx, { projects, codes }: { projects: number[]; codes: string[] }) =>
  tx
    .selectFrom('link')
    .innerJoin('affiliate', 'affiliate.id', 'link.affiliate_id')
    .select(['link.id', 'link.project_id', 'link.code_key', 'link.affiliate_id', 'affiliate.status'])
    .where('link.project_id', 'in', projects)
    .where('link.code_key', 'in', codes),
)

async function inParts<Item, Row>(list: Item[], run: (part: Item[]) => Promise<Row[]>): Promise<Row[]> {
  const found: Row[] = []
  for (const part of partsOf(list)) found.push(...(await run(part)))
  return found
}

const linkKey = (projectId: number, key: string) => `${projectId} ${key}`

const unique = <T>(values: T[]): T[] => [...new Set(values)]
