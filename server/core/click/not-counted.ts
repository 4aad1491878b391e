/** Clicks that came but are not counted, per affiliate, day and reason, so that the owner sees what was left out and why. */
import type { Day, Tx } from '../../db/schema.ts'
import { type Listed, listed } from '../kit/listed.ts'
import { partsOf, prepared } from '../kit/prepared.ts'
import { PRIMARY } from '../affiliate/code.ts'

/**
 * Why a click is not counted: a known `bot`; a page showed the link in a `frame`, as an `image`, or requested it in the background (`fetch`,
 * `prefetch`); the visitor's `repeat` within the project's `repeat_click_seconds`; more than the `limit` of requests of one
 * address or for one link; `dropped`, because too many clicks waited for the database or it failed.
 */
export type UncountedReason = 'bot' | 'frame' | 'image' | 'fetch' | 'prefetch' | 'repeat' | 'limit' | 'dropped'

export interface Uncounted {
  project_id: number
  day: Day
  affiliate_id: number
  reason: UncountedReason
}

export interface UncountedClicks extends Uncounted {
  clicks: number
}

/** Adds up equal ones and writes them in the order of their key, so that two processes never lock them crosswise. */
export async function addUncounted(tx: Tx, uncounted: UncountedClicks[]): Promise<void> {
  if (uncounted.length === 0) return
  const rows = new Map<string, UncountedClicks>()
  for (const { project_id, day, affiliate_id, reason, clicks } of uncounted) {
    const key = `${project_id} ${day} ${affiliate_id} ${reason}`
    const row = rows.get(key)
    if (row) row.clicks += clicks
    else rows.set(key, { project_id, day, affiliate_id, reason, clicks })
  }
  const ordered = [...rows.values()].sort(
    (a, b) =>
      a.project_id - b.project_id ||
      compare(a.day, b.day) ||
      a.affiliate_id - b.affiliate_id ||
      compare(a.reason, b.reason),
  )
  for (const part of partsOf(ordered)) await add(tx, { rows: part })
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const add = prepared((tx, { rows }: { rows: UncountedClicks[] }) =>
  tx
    .insertInto('not_counted')
    .values(rows)
    .onConflict((clash) =>
      clash
        .columns(['project_id', 'day', 'affiliate_id', 'reason'])
        .doUpdateSet((eb) => ({ clicks: eb('not_counted.clicks', '+', eb.ref('excluded.clicks')) })),
    ),
)

export interface ListedUncounted {
  day: Day
  affiliate_id: number
  affiliate_code: string | null
  reason: UncountedReason
  clicks: number
}

/** One page, newest day first. @param filter from and to are days, both included */
export async function listUncounted(
  tx: Tx,
  projectId: number,
  filter: { from: Day; to: Day; affiliate_id?: number | undefined; limit: number; offset: number },
): Promise<Listed<ListedUncounted>> {
  const { from, to, affiliate_id, limit, offset } = filter
  const all = tx
    .selectFrom('not_counted')
    .where('not_counted.project_id', '=', projectId)
    .where('day', '>=', from)
    .where('day', '<=', to)
    .$if(affiliate_id !== undefined, (query) => query.where('not_counted.affiliate_id', '=', affiliate_id as number))
  const rows = await all
    .leftJoin('link', (join) =>
      join.onRef('link.affiliate_id', '=', 'not_counted.affiliate_id').on('link.is_primary', '=', PRIMARY),
    )
    .select(['day', 'not_counted.affiliate_id', 'link.code as affiliate_code', 'reason', 'clicks'])
    .orderBy('day', 'desc')
    .orderBy('not_counted.affiliate_id')
    .orderBy('reason')
    .limit(limit + 1)
    .offset(offset)
    .execute()
  return listed(tx, filter, rows, all)
}
