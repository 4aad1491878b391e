/** Affiliates log in with a code by mail; who they are and what they read is known of them. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const affiliateAccess = (engine: Engine): Migration => ({
  async up(db) {
    const { id, int, instant, strict, clustered } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)

    for (const column of ['language', 'company', 'website'])
      await run(`alter table affiliate add column ${column} text`)

    await run(`create table login_code (
      affiliate_id ${int} primary key references affiliate (id), project_id ${int} not null references project (id),
      hash text not null, tries ${int} not null default 0, expires_at ${instant} not null,
      created_at ${instant} not null) ${clustered}`)
    await run(`create table affiliate_session (
      id ${id}, project_id ${int} not null references project (id),
      affiliate_id ${int} not null references affiliate (id), hash text not null unique, created_at ${instant} not null,
      last_used_at ${instant} not null, revoked_at ${instant}) ${strict}`)
    await run(`create index affiliate_session_affiliate on affiliate_session (affiliate_id)`)
  },
})
