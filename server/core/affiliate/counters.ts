/** Counts per affiliate, per day and in total, written with the event, so that a dashboard costs the same at any size. */
import type { Day, Tx } from '../../db/schema.ts'
import { doLast, type Last } from '../../db/last.ts'
import { partsOf, prepared } from '../kit/prepared.ts'

/** One event to count. */
export interface Counted {
  project_id: number
  affiliate_id: number
  day: Day
  counter: Counter
  /** -1 takes it out again; absent: 1. */
  times?: 1 | -1
}

export type Counter = 'clicks' | 'signups' | 'purchases' | 'other_events'

type Row = { affiliate_id: number; period: string; project_id: number } & { [counter in Counter]?: number }

/** Counts right before the commit: clicks and sales of an affiliate share these rows. */
export const countLast = (tx: Tx, events: Counted[]): Promise<void> => doLast(tx, COUNTERS, events)

const COUNTERS: Last<Counted> = { order: 1, run: (tx, events) => count(tx, events) }

/** Adds to the day's row and to the affiliate's `all` row, one statement for any number of events. */
export async function count(tx: Tx, events: Counted[]): Promise<void> {
  if (events.length === 0) return
  const counters = [...new Set(events.map((event) => event.counter))].sort()
  const rows = new Map<string, Row>()
  for (const { affiliate_id, project_id, day, counter, times = 1 } of events) {
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
  const ordered = [...rows.values()].sort(
    (a, b) => a.project_id - b.project_id || a.affiliate_id - b.affiliate_id || (a.period < b.period ? -1 : 1),
  )
  for (const part of partsOf(ordered)) await add(tx, { rows: part }, counters.join())
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
