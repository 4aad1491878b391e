/** The row that `/healthz` writes, and up to when an affiliate's running totals have let go of held money. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const heartbeat = (engine: Engine): Migration => ({
  async up(db) {
    const { int, instant, strict } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)
    await run(`create table heartbeat (
      id ${int} primary key check (id = 1), at ${instant} not null, filler text not null default '') ${strict}`)
    await run(`insert into heartbeat (id, at) values (1, '1970-01-01T00:00:00.000Z')`)
    await run(`alter table balance add column settled_to ${instant}`)
  },
})
