/** Counts per affiliate, per day and in total, written with the event, so that a dashboard costs the same at any size. */
import type { Day, Tx } from '../db/schema.ts'

export interface Counted {
  project_id: number
  affiliate_id: number
  day: Day
  clicks?: number
  bot_clicks?: number
  signups?: number
  purchases?: number
  other_events?: number
}

const COUNTERS = ['clicks', 'bot_clicks', 'signups', 'purchases', 'other_events'] as const

/** Adds to the day's row and to the affiliate's `all` row, one statement for any number of events. */
export async function count(tx: Tx, events: Counted[]): Promise<void> {
  const rows = new Map<string, Required<Omit<Counted, 'day'>> & { period: string }>()
  for (const event of events) {
    for (const period of [event.day, 'all']) {
      const key = `${event.affiliate_id} ${period}`
      const row = rows.get(key) ?? {
        affiliate_id: event.affiliate_id,
        period,
        project_id: event.project_id,
        clicks: 0,
        bot_clicks: 0,
        signups: 0,
        purchases: 0,
        other_events: 0,
      }
      for (const counter of COUNTERS) row[counter] += event[counter] ?? 0
      rows.set(key, row)
    }
  }
  if (rows.size === 0) return

  // In one order everywhere: two processes that add to the same rows must not lock them crosswise.
  const ordered = [...rows.values()].sort((a, b) => a.affiliate_id - b.affiliate_id || (a.period < b.period ? -1 : 1))
  await tx
    .insertInto('rollup')
    .values(ordered)
    .onConflict((clash) =>
      clash.columns(['affiliate_id', 'period']).doUpdateSet((eb) => ({
        clicks: eb('rollup.clicks', '+', eb.ref('excluded.clicks')),
        bot_clicks: eb('rollup.bot_clicks', '+', eb.ref('excluded.bot_clicks')),
        signups: eb('rollup.signups', '+', eb.ref('excluded.signups')),
        purchases: eb('rollup.purchases', '+', eb.ref('excluded.purchases')),
        other_events: eb('rollup.other_events', '+', eb.ref('excluded.other_events')),
      })),
    )
    .execute()
}
