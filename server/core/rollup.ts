/** Counts per affiliate, per day and in total, written with the event, so that a dashboard costs the same at any size. */
import type { Day, Tx } from '../db/schema.ts'
import { prepared } from './prepared.ts'

/** One event to count. */
export interface Counted {
  project_id: number
  affiliate_id: number
  day: Day
  counter: Counter
}

export type Counter = 'clicks' | 'bot_clicks' | 'signups' | 'purchases' | 'other_events'

type Row = { affiliate_id: number; period: string; project_id: number } & { [counter in Counter]?: number }

/** Adds to the day's row and to the affiliate's `all` row, one statement for any number of events; -1 takes them out again. */
export async function count(tx: Tx, events: Counted[], times: 1 | -1 = 1): Promise<void> {
  if (events.length === 0) return
  const counters = [...new Set(events.map((event) => event.counter))].sort()
  const rows = new Map<string, Row>()
  for (const { affiliate_id, project_id, day, counter } of events) {
    for (const period of [day, 'all']) {
      const key = `${affiliate_id} ${period}`
      let row = rows.get(key)
      if (!row) {
        row = { affiliate_id, period, project_id }
        for (const name of counters) row[name] = 0
        rows.set(key, row)
      }
      row[counter] = (row[counter] ?? 0) + times
    }
  }
  // In one order everywhere: two processes that add to the same rows must not lock them crosswise.
  const ordered = [...rows.values()].sort((a, b) => a.affiliate_id - b.affiliate_id || (a.period < b.period ? -1 : 1))
  await add(tx, { rows: ordered }, counters.join())
}

const add = prepared((tx, { rows }: { rows: Row[] }, counters) =>
  tx
    .insertInto('rollup')
    .values(rows)
    .onConflict((clash) =>
      clash
        .columns(['affiliate_id', 'period'])
        .doUpdateSet((eb) =>
          Object.fromEntries(
            (counters.split(',') as Counter[]).map((counter) => [
              counter,
              eb(`rollup.${counter}`, '+', eb.ref(`excluded.${counter}`)),
            ]),
          ),
        ),
    ),
)
