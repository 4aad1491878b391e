/** Terms, coupons, refunds, payouts, the event feed, outgoing webhooks, mail, stored answers, exchange rates. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { words } from './words.ts'

export const programme = (engine: Engine): Migration => ({
  async up(db) {
    const { id, int, instant, strict, clustered } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)
    const add = async (table: string, columns: string[]) => {
      for (const column of columns) await run(`alter table ${table} add column ${column}`)
    }

    await run(`create table commission_level (
      id ${id}, project_id ${int} not null references project (id), campaign_id ${int} not null references campaign (id),
      position ${int} not null, name text not null,
      metric text not null check (metric in ('amount', 'referrals', 'months', 'custom')), threshold ${int} not null,
      period text not null check (period in ('total', 'monthly', 'quarterly', 'yearly')), created_at ${instant} not null,
      unique (campaign_id, position)) ${strict}`)

    await add('project', [`event_seq ${int} not null default 0`])
    await add('provider_connection', [`live ${int} not null default 0`])
    await add('campaign', ['description text', `updated_at ${instant}`])
    await add('affiliate', [
      'name text',
      'partner_slug text',
      `parent_id ${int} references affiliate (id)`,
      `level_id ${int} references commission_level (id)`,
      `level_manual ${int} not null default 0`,
      `deleted_at ${instant}`,
    ])
    await run(
      `create unique index affiliate_slug on affiliate (project_id, partner_slug) where partner_slug is not null`,
    )
    await run(`create index affiliate_list on affiliate (project_id, id)`)
    await run(`create index affiliate_parent on affiliate (parent_id) where parent_id is not null`)

    await add('commission_rule', [
      'product_id text',
      `affiliate_id ${int} references affiliate (id)`,
      `level_id ${int} references commission_level (id)`,
      `duration text not null default 'lifetime' check (duration in ('lifetime', 'first', 'months', 'payments'))`,
      `duration_count ${int}`,
      `renewals ${int} not null default 1`,
      `upgrades ${int} not null default 1`,
      `cap ${int}`,
      `second_kind text check (second_kind in ('percent', 'fixed'))`,
      `second_basis_points ${int}`,
      `second_amount ${int}`,
      `second_duration text check (second_duration in ('lifetime', 'first', 'months', 'payments'))`,
      `second_duration_count ${int}`,
      `ended ${int} not null default 0`,
    ])

    await run(`create table coupon (
      id ${id}, project_id ${int} not null references project (id), affiliate_id ${int} not null references affiliate (id),
      coupon_code text not null, code_key text not null, stripe_coupon_id text, lemonsqueezy_discount_code text,
      status text not null check (status in ('active', 'inactive')), created_at ${instant} not null,
      updated_at ${instant} not null, unique (project_id, code_key)) ${strict}`)
    await run(`create index coupon_affiliate on coupon (affiliate_id)`)

    await run(`create table payout (
      id ${id}, uuid text not null unique, project_id ${int} not null references project (id),
      affiliate_id ${int} not null references affiliate (id), amount ${int} not null check (amount > 0),
      currency text not null, method text not null, status text not null check (status in ('paid', 'reversed')),
      note text, created_at ${instant} not null, reversed_at ${instant}) ${strict}`)
    await run(`create index payout_list on payout (project_id, id)`)

    await add('conversion', [
      'product_id text',
      `payment_kind text check (payment_kind in ('first', 'renewal', 'upgrade', 'one_time'))`,
      `original_amount ${int}`,
      'original_currency text',
      'exchange_rate text',
      'rate_source text',
      `refunded ${int} not null default 0`,
      `gross ${int}`,
      'customer_id text',
      'subscription_id text',
      `disputed ${int} not null default 0`,
      `updated_at ${instant}`,
      `deleted_at ${instant}`,
    ])
    await run(`create index conversion_customer on conversion (project_id, customer_id) where customer_id is not null`)
    await run(
      `create index conversion_subscription on conversion (project_id, subscription_id) where subscription_id is not null`,
    )
    await add('referral', [`deleted_at ${instant}`])
    await add('commission', [
      `taken_back ${int} not null default 0`,
      `release_before ${instant}`,
      `payout_id ${int} references payout (id)`,
      `rate_basis_points ${int}`,
      `void ${int} not null default 0`,
    ])
    await run(`create index commission_affiliate on commission (affiliate_id, id)`)

    // What providers and the owner told of money going back, each fact once with its newest state; amounts in the terms of
    // `whole`, or of the conversion's gross.
    await run(`create table refund (
      id ${id}, project_id ${int} not null references project (id), conversion_id ${int} not null references conversion (id),
      provider text not null, external_id text not null,
      kind text not null check (kind in ('refund', 'cumulative', 'dispute')),
      state text not null check (state in ('pending', 'done', 'undone', 'opened', 'won', 'lost')),
      amount ${int} not null check (amount >= 0), whole ${int}, reason text,
      occurred_at ${instant} not null, created_at ${instant} not null,
      unique (project_id, provider, kind, external_id)) ${strict}`)
    await run(`create index refund_conversion on refund (conversion_id)`)

    // One more status, `waiting`, for events whose sale is still to come.
    const state = (name: string) => `create table ${name} (
      provider_event_id ${int} primary key references provider_event (id),
      status text not null check (status in ('received', 'processed', 'ignored', 'failed', 'waiting')),
      attempts ${int} not null, next_attempt_at ${instant}, error text,
      conversion_id ${int} references conversion (id), updated_at ${instant} not null) ${strict}`
    await run(state('provider_event_progress'))
    await run(`insert into provider_event_progress select * from provider_event_state`)
    await run(`drop table provider_event_state`)
    await run(`alter table provider_event_progress rename to provider_event_state`)
    await run(
      `create index provider_event_due on provider_event_state (next_attempt_at) where next_attempt_at is not null`,
    )

    await run(`create table event (
      id ${id}, project_id ${int} not null references project (id), seq ${int} not null, type text not null,
      subject text not null, payload text not null, created_at ${instant} not null, unique (project_id, seq)) ${strict}`)

    await run(`create table webhook_endpoint (
      id ${id}, project_id ${int} not null references project (id), url text not null, events text not null,
      secret_sealed text, status text not null check (status in ('active', 'disabled')), disabled_reason text,
      failing_since ${instant}, created_at ${instant} not null, updated_at ${instant} not null) ${strict}`)
    await run(`create index webhook_endpoint_project on webhook_endpoint (project_id)`)
    await run(`create table webhook_delivery (
      id ${id}, project_id ${int} not null references project (id),
      endpoint_id ${int} not null references webhook_endpoint (id) on delete cascade, event_id ${int} references event (id),
      event_type text not null, body text not null,
      status text not null check (status in ('pending', 'delivered', 'failed')), attempts ${int} not null default 0,
      next_attempt_at ${instant}, created_at ${instant} not null, finished_at ${instant},
      unique (endpoint_id, event_id)) ${strict}`)
    await run(
      `create index webhook_delivery_due on webhook_delivery (next_attempt_at) where next_attempt_at is not null`,
    )
    await run(`create index webhook_delivery_endpoint on webhook_delivery (endpoint_id, id)`)
    await run(`create table webhook_attempt (
      id ${id}, delivery_id ${int} not null references webhook_delivery (id) on delete cascade, at ${instant} not null,
      request_headers text not null, response_status ${int}, response_body text, latency_ms ${int} not null,
      error text) ${strict}`)
    await run(`create index webhook_attempt_delivery on webhook_attempt (delivery_id, id)`)

    await run(`create table mail (
      id ${id}, project_id ${int} not null references project (id), recipient text not null, template text not null,
      language text not null, fields text not null, once_key text,
      status text not null check (status in ('pending', 'sent', 'failed')), attempts ${int} not null default 0,
      next_attempt_at ${instant}, error text, created_at ${instant} not null, sent_at ${instant},
      unique (project_id, once_key)) ${strict}`)
    await run(`create index mail_due on mail (next_attempt_at) where next_attempt_at is not null`)

    await run(`create table stored_answer (
      project_id ${int} not null references project (id), key text not null, request_hash text not null,
      status ${int} not null, body text not null, created_at ${instant} not null,
      primary key (project_id, key)) ${clustered}`)

    await run(`create table rate_window (
      key text not null, starts_at ${instant} not null, used ${int} not null, primary key (key)) ${clustered}`)

    await run(`create table exchange_rate (
      base text not null, quote text not null, day text not null, rate text not null, source text not null,
      primary key (base, quote, day)) ${clustered}`)
  },
})
