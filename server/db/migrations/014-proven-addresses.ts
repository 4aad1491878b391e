/**
 * Codes belong to the browser that asked for them, and to an address that need not have joined yet; the project's HMAC secret
 * has a predecessor while it is being exchanged.
 */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const provenAddresses = (engine: Engine): Migration => ({
  async up(db) {
    const { int, instant, clustered } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)

    // Codes live for minutes: those on their way are asked for again.
    await run(`drop table login_code`)
    await run(`create table login_code (
      project_id ${int} not null references project (id), challenge text not null, address text not null,
      affiliate_id ${int} references affiliate (id), kind text not null check (kind in ('digits', 'secret', 'none')),
      hash text not null, tries ${int} not null default 0, expires_at ${instant} not null, created_at ${instant} not null,
      primary key (project_id, challenge)) ${clustered}`)
    await run(`create index login_code_address on login_code (project_id, address)`)
    await run(`create index login_code_affiliate on login_code (affiliate_id) where affiliate_id is not null`)

    // Found by the job that forgets them: they may go to people who never joined.
    await run(`create index mail_login_code on mail (created_at) where template = 'login_code'`)

    await run(`alter table project add column hmac_secret_previous_sealed text`)
    await run(`alter table project add column hmac_secret_previous_until ${instant}`)
  },
})
