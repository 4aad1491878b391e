/** Asking payment providers: a key for their API, the endpoint made there, and what is still to be done there. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const providerApi = (engine: Engine): Migration => ({
  async up(db) {
    const { id, int, instant, strict } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)

    for (const column of ['api_key_sealed', 'api_url', 'endpoint_id'])
      await run(`alter table provider_connection add column ${column} text`)
    await run(`create table provider_task (
      id ${id}, project_id ${int} not null references project (id), provider text not null,
      kind text not null check (kind in ('create_coupon', 'delete_coupon')), fields text not null,
      attempts ${int} not null default 0, next_attempt_at ${instant}, error text, created_at ${instant} not null) ${strict}`)
    await run(`create index provider_task_due on provider_task (next_attempt_at) where next_attempt_at is not null`)
  },
})
