/** What a provider's ids stand for here: a Stripe customer is a referral, an invoice a conversion. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const providerLinks = (engine: Engine): Migration => ({
  async up(db) {
    const { id, int, instant, strict } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)

    await run(`create table provider_link (
      id ${id}, project_id ${int} not null references project (id), provider text not null,
      kind text not null check (kind in ('customer', 'subscription', 'invoice', 'payment', 'charge', 'checkout')),
      external_id text not null, referral_id ${int} references referral (id),
      conversion_id ${int} references conversion (id), fact ${int}, clues text, created_at ${instant} not null,
      unique (project_id, provider, kind, external_id)) ${strict}`)
    await run(`create index provider_link_referral on provider_link (referral_id) where referral_id is not null`)
    await run(`create index provider_link_fact on provider_link (fact) where fact is not null`)
    await run(`create index provider_link_conversion on provider_link (conversion_id) where conversion_id is not null`)
  },
})
