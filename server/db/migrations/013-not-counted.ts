/** Clicks that are not counted, by reason; and the order in which links with the same code were made. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const notCounted = (engine: Engine): Migration => ({
  async up(db) {
    const { int, clustered } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)

    await run(`create table not_counted (
      project_id ${int} not null references project (id), day text not null,
      affiliate_id ${int} not null references affiliate (id), reason text not null, clicks ${int} not null,
      primary key (project_id, day, affiliate_id, reason)) ${clustered}`)

    // Bots were counted apart from the first day on.
    await run(`insert into not_counted (project_id, day, affiliate_id, reason, clicks)
      select project_id, period, affiliate_id, 'bot', bot_clicks from rollup where period <> 'all' and bot_clicks > 0`)
    await run(`alter table rollup drop column bot_clicks`)
    // What brought nothing but bots has no counts.
    await run(`delete from rollup where clicks = 0 and signups = 0 and purchases = 0 and other_events = 0`)

    // /r/CODE names no project: of several links with one code the oldest is followed.
    await run(`create index link_by_code on link (code_key, created_at, id)`)
  },
})
