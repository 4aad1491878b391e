/**
 * What is proven and what is only claimed: how a person came to their affiliate, who decided about a conversion, and every id
 * under which one sale is known, so that two reports of it are one conversion.
 */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const proof = (engine: Engine): Migration => ({
  async up(db) {
    const { int, instant, clustered } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)

    await run(`alter table referral add column proof text check (proof in ('claimed', 'credited', 'stored', 'bound'))`)
    await run(`alter table referral add column claimed_at ${instant}`)
    await run(`alter table referral add column first_sale_at ${instant}`)
    await run(`update referral set first_sale_at = conversion_date`)
    await run(`update referral set proof = case when conversion_date is null then 'stored' else 'bound' end
      where affiliate_id is not null`)

    await run(`alter table conversion add column reviewed_at ${instant}`)
    await run(`create table conversion_key (
      project_id ${int} not null references project (id), key text not null,
      conversion_id ${int} not null references conversion (id),
      kind text not null check (kind in ('provider', 'reference', 'claim')),
      primary key (project_id, key)) ${clustered}`)
    await run(`create index conversion_key_conversion on conversion_key (conversion_id)`)
    await run(`insert into conversion_key (project_id, key, conversion_id, kind)
      select project_id, type || ' ' || reference, id, case when source = 'browser' then 'claim' else 'reference' end
      from conversion where reference is not null`)
    await run(`insert into conversion_key (project_id, key, conversion_id, kind)
      select project_id, 'call ' || idempotency_key, id, 'claim' from conversion where idempotency_key is not null`)

    // What an affiliate is paid to, folded and hashed: a buyer with the same address is the affiliate.
    await run(`alter table payout_method add column mailbox_hash text`)
  },
})
