/** What the affiliate's dashboard shows and changes: where payouts go, requests for them, a code of his own choice, banners. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const dashboard = (engine: Engine): Migration => ({
  async up(db) {
    const { id, int, instant, bytes, strict, clustered } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)

    await run(`create table payout_method (
      affiliate_id ${int} primary key references affiliate (id), project_id ${int} not null references project (id),
      kind text not null check (kind in ('paypal', 'wise', 'bank', 'other')), sealed text not null, masked text not null,
      updated_at ${instant} not null) ${clustered}`)

    await run(`create table payout_request (
      id ${id}, project_id ${int} not null references project (id),
      affiliate_id ${int} not null references affiliate (id), currency text not null,
      amount ${int} not null check (amount > 0), status text not null check (status in ('open', 'paid', 'withdrawn')),
      created_at ${instant} not null, closed_at ${instant}) ${strict}`)
    await run(
      `create unique index payout_request_open on payout_request (affiliate_id, currency) where status = 'open'`,
    )
    await run(`create index payout_request_affiliate on payout_request (affiliate_id)`)
    await run(`create index payout_request_list on payout_request (project_id, id)`)

    // The image comes last: what stands behind it would be read through it.
    await run(`create table material (
      id ${id}, project_id ${int} not null references project (id), kind text not null check (kind in ('banner', 'text')),
      title text not null, text text, url text, width ${int}, height ${int}, position ${int} not null,
      created_at ${instant} not null, content_type text, hash text, image ${bytes}) ${strict}`)
    await run(`create index material_list on material (project_id, position, id)`)

    await run(`alter table link add column clicks_before ${int}`)
    await run(`create index link_affiliate on link (affiliate_id)`)

    // One look at a dashboard reads a few rows of each, however long the history.
    await run(`create index payout_affiliate on payout (affiliate_id, id)`)
    await run(`create index affiliate_children on affiliate (parent_id, id, deleted_at)
      where parent_id is not null and deleted_at is null`)
    await run(`create index commission_second on commission (affiliate_id, id, tier, currency, amount, taken_back, void)
      where tier = 2`)
  },
})
