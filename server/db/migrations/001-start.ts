/** The first schema: projects, affiliates, clicks, conversions, the ledger and the provider inbox. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../open.ts'
import { appendOnly, words } from './words.ts'

export const start = (engine: Engine): Migration => ({
  async up(db) {
    const { id, int, instant, strict, clustered } = words(engine)
    const run = (statement: string) => sql.raw(statement).execute(db)

    await run(`create table project (
      id ${id}, name text not null, website text, currency text not null, settings text not null,
      hmac_secret_sealed text not null, created_at ${instant} not null) ${strict}`)

    await run(`create table api_key (
      id ${id}, project_id ${int} not null references project (id), name text not null, prefix text not null,
      hash text not null unique, scopes text not null, created_at ${instant} not null, last_used_at ${instant},
      revoked_at ${instant}) ${strict}`)

    await run(`create table provider_connection (
      id ${id}, project_id ${int} not null references project (id), provider text not null,
      webhook_secret_sealed text not null, created_at ${instant} not null, updated_at ${instant} not null,
      unique (project_id, provider)) ${strict}`)

    await run(`create table campaign (
      id ${id}, project_id ${int} not null references project (id), name text not null, is_default ${int} not null,
      created_at ${instant} not null) ${strict}`)
    await run(`create unique index campaign_default on campaign (project_id) where is_default = 1`)

    await run(`create table commission_rule (
      id ${id}, project_id ${int} not null references project (id), campaign_id ${int} not null references campaign (id),
      version ${int} not null, kind text not null check (kind in ('percent', 'fixed')),
      basis_points ${int} check (basis_points between 0 and 10000), amount ${int} check (amount >= 0), currency text,
      hold_days ${int} not null check (hold_days between 0 and 365), created_at ${instant} not null,
      unique (campaign_id, version)) ${strict}`)

    await run(`create table affiliate (
      id ${id}, uuid text not null unique, project_id ${int} not null references project (id),
      campaign_id ${int} not null references campaign (id), email text not null, email_key text not null,
      status text not null check (status in ('active', 'inactive', 'pending')),
      ledger_seq ${int} not null default 0, ledger_hash text not null default '',
      created_at ${instant} not null, updated_at ${instant} not null, unique (project_id, email_key)) ${strict}`)

    await run(`create table link (
      id ${id}, project_id ${int} not null references project (id), affiliate_id ${int} not null references affiliate (id),
      code text not null, code_key text not null, is_primary ${int} not null, created_at ${instant} not null,
      unique (project_id, code_key)) ${strict}`)
    await run(`create unique index link_primary on link (affiliate_id) where is_primary = 1`)

    // The link is a click's, and its affiliate's and project's: one reference to check for each of very many rows.
    await run(`create table click (
      id ${id}, project_id ${int} not null, affiliate_id ${int} not null,
      link_id ${int} not null references link (id), click_id text not null, visitor_hash text not null,
      landing_url text, referrer text, source text not null, bot ${int} not null, created_at ${instant} not null,
      unique (project_id, click_id)) ${strict}`)

    await run(`create table rollup (
      affiliate_id ${int} not null, period text not null, project_id ${int} not null,
      clicks ${int} not null default 0, bot_clicks ${int} not null default 0, signups ${int} not null default 0,
      purchases ${int} not null default 0, other_events ${int} not null default 0,
      primary key (affiliate_id, period)) ${clustered}`)

    await run(`create table daily_earning (
      affiliate_id ${int} not null references affiliate (id), day text not null, currency text not null,
      amount ${int} not null, primary key (affiliate_id, day, currency)) ${clustered}`)

    await run(`create table referral (
      id ${id}, project_id ${int} not null references project (id), affiliate_id ${int} references affiliate (id),
      email text not null, email_key text not null,
      status text not null check (status in ('pending', 'converted', 'direct', 'direct_signup')),
      conversion_date ${instant}, created_at ${instant} not null, updated_at ${instant} not null,
      unique (project_id, email_key)) ${strict}`)
    await run(`create index referral_affiliate on referral (affiliate_id, id)`)

    await run(`create table conversion (
      id ${id}, project_id ${int} not null references project (id), type text not null,
      affiliate_id ${int} references affiliate (id), referral_id ${int} references referral (id),
      link_id ${int} references link (id),
      status text not null check (status in ('pending', 'approved', 'denied', 'unqualified')), status_reason text,
      amount ${int}, currency text, reference text, coupon_code text, url text,
      source text not null check (source in ('browser', 'provider', 'api')), provider text, external_id text,
      idempotency_key text, decision text not null,
      occurred_at ${instant} not null, created_at ${instant} not null,
      unique (project_id, provider, external_id)) ${strict}`)
    await run(`create index conversion_list on conversion (project_id, id)`)
    await run(`create index conversion_affiliate on conversion (affiliate_id, id)`)
    await run(`create index conversion_referral on conversion (referral_id, id)`)

    await run(`create table commission (
      id ${id}, project_id ${int} not null references project (id), conversion_id ${int} not null references conversion (id),
      affiliate_id ${int} not null references affiliate (id), tier ${int} not null, amount ${int} not null check (amount >= 0),
      currency text not null, rule_id ${int} not null references commission_rule (id), rule_version ${int} not null,
      release_at ${instant} not null, created_at ${instant} not null, unique (conversion_id, tier)) ${strict}`)

    await run(`create table ledger_entry (
      id ${id}, project_id ${int} not null references project (id), affiliate_id ${int} not null references affiliate (id),
      seq ${int} not null, kind text not null,
      debit text not null check (debit in ('expense', 'payable', 'paid')),
      credit text not null check (credit in ('expense', 'payable', 'paid') and credit <> debit),
      amount ${int} not null check (amount > 0), currency text not null, release_at ${instant} not null,
      commission_id ${int} references commission (id), note text, created_at ${instant} not null,
      prev_hash text not null, hash text not null, unique (affiliate_id, seq)) ${strict}`)

    await run(`create table balance (
      affiliate_id ${int} not null references affiliate (id), currency text not null, earned ${int} not null,
      paid ${int} not null, held text not null, primary key (affiliate_id, currency)) ${clustered}`)

    await run(`create table provider_event (
      id ${id}, project_id ${int} not null references project (id), provider text not null, event_id text not null,
      type text not null, payload text not null, received_at ${instant} not null,
      unique (project_id, provider, event_id)) ${strict}`)

    await run(`create table provider_event_state (
      provider_event_id ${int} primary key references provider_event (id),
      status text not null check (status in ('received', 'processed', 'ignored', 'failed')), attempts ${int} not null,
      next_attempt_at ${instant}, error text, conversion_id ${int} references conversion (id),
      updated_at ${instant} not null) ${strict}`)
    await run(
      `create index provider_event_due on provider_event_state (next_attempt_at) where next_attempt_at is not null`,
    )

    await run(`create table daily_salt (day text primary key, salt text not null) ${strict}`)

    for (const statement of [...appendOnly(engine, 'ledger_entry'), ...appendOnly(engine, 'provider_event')])
      await run(statement)
  },
})
