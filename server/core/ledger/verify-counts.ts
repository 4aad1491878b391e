/** Proves what is counted as it happens: the numbers of each feed without a gap, the kept counters equal to their rows. */
import { sql } from 'kysely'
import type { Tx } from '../../db/schema.ts'

/** @returns what is wrong, a sentence each; at most one per project */
export async function verifyFeeds(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ id: number; event_seq: number; events: number; first: number; last: number }>`
    select id, event_seq, (select count(*) from event where event.project_id = project.id) as events,
      (select coalesce(min(seq), 1) from event where event.project_id = project.id) as first,
      (select coalesce(max(seq), 0) from event where event.project_id = project.id) as last
    from project order by id`.execute(tx)
  const problems: string[] = []
  for (const { id, event_seq, events, first, last } of rows) {
    if (last !== event_seq)
      problems.push(`project ${id}: its feed should end at event ${event_seq}, but ends at ${last}`)
    else if (first !== 1) problems.push(`project ${id}: event 1 of its feed is missing`)
    else if (events !== last) problems.push(`project ${id}: event ${await firstGap(tx, id)} of its feed is missing`)
  }
  return problems
}

async function firstGap(tx: Tx, projectId: number): Promise<number> {
  const { rows } = await sql<{ gap: number }>`
    select min(seq) + 1 as gap from event where project_id = ${projectId} and not exists
      (select 1 from event as next where next.project_id = event.project_id and next.seq = event.seq + 1)`.execute(tx)
  return rows[0]?.gap ?? 1
}

const COUNTERS = ['clicks', 'signups', 'purchases', 'other_events'] as const

/** @returns what is wrong, a sentence each: how many affiliates there are, and totals that are not the sum of their days */
export async function verifyCounters(tx: Tx): Promise<string[]> {
  const { rows: projects } = await sql<{ id: number; affiliate_count: number; affiliates: number }>`
    select id, affiliate_count, affiliates from
      (select id, affiliate_count, (select count(*) from affiliate
        where affiliate.project_id = project.id and deleted_at is null) as affiliates from project) as counted
    where affiliate_count <> affiliates order by id`.execute(tx)
  const difference = (counter: string) => `sum(case when period = 'all' then ${counter} else -${counter} end)`
  const { rows: totals } = await sql
    .raw<{ affiliate_id: number }>(
      `select affiliate_id from rollup group by affiliate_id
       having ${COUNTERS.map((counter) => `${difference(counter)} <> 0`).join(' or ')} order by affiliate_id limit 10`,
    )
    .execute(tx)
  return [
    ...projects.map(
      ({ id, affiliate_count, affiliates }) =>
        `project ${id}: ${affiliates} affiliates, but ${affiliate_count} are counted`,
    ),
    ...totals.map(({ affiliate_id }) => `affiliate ${affiliate_id}: the total counts are not the sum of the days'`),
  ]
}
