/**
 * People can be taken out of the inbox: the payload of a provider event may be redacted, and nothing else of it changed. A hash
 * of what the provider sent stays beside it. What is still to be erased waits in a table, so that a crash does not lose it.
 */
import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

/** Read at a time: a payload has some kilobytes. */
const AT_ONCE = 500

export const erasure = (engine: Engine): Migration => ({
  async up(db) {
    const { int, instant, clustered } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)

    for (const statement of engine === 'sqlite' ? ['drop trigger provider_event_no_update'] : DROP_POSTGRES)
      await run(statement)
    await run(`alter table provider_event add column payload_hash text not null default ''`)
    await run(`alter table provider_event add column redacted_at ${instant}`)
    if (engine === 'postgres')
      await run(`update provider_event set payload_hash = encode(sha256(convert_to(payload, 'UTF8')), 'hex')`)
    else await hashPayloads(db)
    for (const statement of engine === 'sqlite' ? ONLY_REDACTED_SQLITE : ONLY_REDACTED_POSTGRES) await run(statement)

    await run(`create table erasure (
      project_id ${int} not null references project (id), person text not null, fields text not null,
      next_attempt_at ${instant} not null, error text, created_at ${instant} not null,
      primary key (project_id, person)) ${clustered}`)
    await run(`create index erasure_due on erasure (next_attempt_at)`)
  },
})

/** SQLite cannot hash. */
async function hashPayloads(db: Kysely<unknown>): Promise<void> {
  for (let after = 0; ;) {
    const { rows } = await sql<{ id: number; payload: string }>`
      select id, payload from provider_event where id > ${after} order by id limit ${sql.lit(AT_ONCE)}`.execute(db)
    for (const { id, payload } of rows) {
      const hash = createHash('sha256').update(payload).digest('hex')
      await sql`update provider_event set payload_hash = ${hash} where id = ${id}`.execute(db)
      after = id
    }
    if (rows.length < AT_ONCE) return
  }
}

const KEPT = ['id', 'project_id', 'provider', 'event_id', 'type', 'received_at', 'payload_hash']
const REDACTION = `new.redacted_at is not null and ${KEPT.map((column) => `new.${column} = old.${column}`).join(' and ')}`

const ONLY_REDACTED_SQLITE = [
  `create trigger provider_event_no_update before update on provider_event when not (${REDACTION})
    begin select raise(abort, 'provider_event is append-only: a payload may be redacted, nothing else changed'); end`,
]

const DROP_POSTGRES = ['drop trigger provider_event_no_change on provider_event']

const ONLY_REDACTED_POSTGRES = [
  `create function provider_event_redact_only() returns trigger language plpgsql as
    $$ begin
      if ${REDACTION} then return new; end if;
      raise exception 'provider_event is append-only: a payload may be redacted, nothing else changed';
    end $$`,
  `create trigger provider_event_no_change before delete on provider_event
    for each row execute function provider_event_append_only()`,
  `create trigger provider_event_redact_only before update on provider_event
    for each row execute function provider_event_redact_only()`,
]
