/** Clicks: many are recorded in one transaction, each is told its own outcome. */
import type { Instant, Tx } from '../db/schema.ts'
import { codeKey } from './referral-code.ts'
import { count } from './rollup.ts'
import { dayOf } from './time.ts'

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
  at: Instant
}

export type ClickOutcome = 'counted' | 'bot' | 'duplicate' | 'unknown_code' | 'inactive_code'

/** Records clicks of any projects: one look-up, one insert, one rollup. Outcomes come in the order of the clicks. */
export async function recordClicks(tx: Tx, clicks: NewClick[]): Promise<ClickOutcome[]> {
  const links = await findLinks(tx, clicks)
  const linkOf = (click: NewClick) => links.get(linkKey(click.project_id, codeKey(click.code)))
  const rows = clicks.flatMap((click) => {
    const link = linkOf(click)
    if (link?.status !== 'active') return []
    const { code: _, at, bot, ...columns } = click
    return [{ ...columns, affiliate_id: link.affiliate_id, link_id: link.id, bot: bot ? 1 : 0, created_at: at }]
  })
  const inserted = rows.length
    ? await tx
        .insertInto('click')
        .values(rows)
        .onConflict((clash) => clash.columns(['project_id', 'click_id']).doNothing())
        .returning(['project_id', 'click_id'])
        .execute()
    : []

  // Each new row is claimed by the first click that carries its id: a repeat in the same batch is a duplicate too.
  const fresh = new Set(inserted.map((row) => `${row.project_id} ${row.click_id}`))
  const outcomes = clicks.map((click): ClickOutcome => {
    const link = linkOf(click)
    if (!link) return 'unknown_code'
    if (link.status !== 'active') return 'inactive_code'
    if (!fresh.delete(`${click.project_id} ${click.click_id}`)) return 'duplicate'
    return click.bot ? 'bot' : 'counted'
  })

  await count(
    tx,
    clicks.flatMap((click, index) => {
      const outcome = outcomes[index]
      const affiliateId = linkOf(click)?.affiliate_id
      if (affiliateId === undefined || (outcome !== 'counted' && outcome !== 'bot')) return []
      return [
        {
          project_id: click.project_id,
          affiliate_id: affiliateId,
          day: dayOf(click.at),
          [outcome === 'bot' ? 'bot_clicks' : 'clicks']: 1,
        },
      ]
    }),
  )
  return outcomes
}

interface FoundLink {
  id: number
  affiliate_id: number
  status: string
}

async function findLinks(tx: Tx, clicks: NewClick[]): Promise<Map<string, FoundLink>> {
  const found = await tx
    .selectFrom('link')
    .innerJoin('affiliate', 'affiliate.id', 'link.affiliate_id')
    .select(['link.id', 'link.project_id', 'link.code_key', 'link.affiliate_id', 'affiliate.status'])
    .where('link.project_id', 'in', unique(clicks.map((click) => click.project_id)))
    .where('link.code_key', 'in', unique(clicks.map((click) => codeKey(click.code))))
    .execute()
  return new Map(found.map((link) => [linkKey(link.project_id, link.code_key), link]))
}

const linkKey = (projectId: number, key: string) => `${projectId} ${key}`

const unique = <T>(values: T[]): T[] => [...new Set(values)]
