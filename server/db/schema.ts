/** The tables as Kysely sees them. Amounts are integer minor units, instants ISO-8601 UTC, flags 0 or 1, days `YYYY-MM-DD`. */
import type { Generated, Kysely, Selectable, Transaction } from 'kysely'

/** An instant, ISO-8601 UTC with milliseconds: `2026-11-20T09:30:00.000Z`. */
export type Instant = string
/** A day in UTC: `2026-11-20`. */
export type Day = string

export interface Database {
  project: ProjectTable
  api_key: ApiKeyTable
  provider_connection: ProviderConnectionTable
  campaign: CampaignTable
  commission_rule: CommissionRuleTable
  affiliate: AffiliateTable
  link: LinkTable
  click: ClickTable
  rollup: RollupTable
  daily_earning: DailyEarningTable
  referral: ReferralTable
  conversion: ConversionTable
  commission: CommissionTable
  ledger_entry: LedgerEntryTable
  balance: BalanceTable
  provider_event: ProviderEventTable
  provider_event_state: ProviderEventStateTable
  daily_salt: DailySaltTable
  script_version: ScriptVersionTable
}

export type Db = Kysely<Database>
export type Tx = Transaction<Database>

/** One company's programme. `settings` is JSON, read through core/settings.ts. */
export interface ProjectTable {
  id: Generated<number>
  name: string
  website: string | null
  currency: string
  settings: string
  hmac_secret_sealed: string
  created_at: Instant
}

/** `hash` is the SHA-256 of the key; the key itself is shown once and never stored. */
export interface ApiKeyTable {
  id: Generated<number>
  project_id: number
  name: string
  prefix: string
  hash: string
  scopes: string
  created_at: Instant
  last_used_at: Instant | null
  revoked_at: Instant | null
}

export interface ProviderConnectionTable {
  id: Generated<number>
  project_id: number
  provider: string
  webhook_secret_sealed: string
  created_at: Instant
  updated_at: Instant
}

/** A set of terms affiliates join. */
export interface CampaignTable {
  id: Generated<number>
  project_id: number
  name: string
  is_default: number
  created_at: Instant
}

/** Terms of a campaign, one row per version: a changed rate makes a new row and leaves the past alone. */
export interface CommissionRuleTable {
  id: Generated<number>
  project_id: number
  campaign_id: number
  version: number
  kind: 'percent' | 'fixed'
  basis_points: number | null
  amount: number | null
  currency: string | null
  hold_days: number
  created_at: Instant
}

/** `ledger_seq` and `ledger_hash` are the head of the affiliate's hash chain. */
export interface AffiliateTable {
  id: Generated<number>
  uuid: string
  project_id: number
  campaign_id: number
  email: string
  email_key: string
  status: 'active' | 'inactive' | 'pending'
  ledger_seq: Generated<number>
  ledger_hash: Generated<string>
  created_at: Instant
  updated_at: Instant
}

/** A referral code and where it leads; the affiliate's own code is his primary link. */
export interface LinkTable {
  id: Generated<number>
  project_id: number
  affiliate_id: number
  code: string
  code_key: string
  is_primary: number
  created_at: Instant
}

/** `click_id` is the browser's opaque id for the click, so that a repeated request is one click. */
export interface ClickTable {
  id: Generated<number>
  project_id: number
  affiliate_id: number
  link_id: number
  click_id: string
  visitor_hash: string
  landing_url: string | null
  referrer: string | null
  source: 'script' | 'redirect'
  bot: number
  created_at: Instant
}

/** What an affiliate brought, per day and, in the row whose period is `all`, in total. */
export interface RollupTable {
  affiliate_id: number
  /** A day, or `all`. */
  period: string
  project_id: number
  clicks: Generated<number>
  bot_clicks: Generated<number>
  signups: Generated<number>
  purchases: Generated<number>
  other_events: Generated<number>
}

export interface DailyEarningTable {
  affiliate_id: number
  day: Day
  currency: string
  amount: number
}

/** The referred person. */
export interface ReferralTable {
  id: Generated<number>
  project_id: number
  affiliate_id: number | null
  email: string
  email_key: string
  status: 'pending' | 'converted' | 'direct' | 'direct_signup'
  conversion_date: Instant | null
  created_at: Instant
  updated_at: Instant
}

/** A signup, a purchase or a custom event. `decision` is the why-trail, JSON of core/attribution.ts. */
export interface ConversionTable {
  id: Generated<number>
  project_id: number
  type: string
  affiliate_id: number | null
  referral_id: number | null
  link_id: number | null
  status: 'pending' | 'approved' | 'denied' | 'unqualified'
  status_reason: string | null
  amount: number | null
  currency: string | null
  reference: string | null
  coupon_code: string | null
  url: string | null
  source: 'browser' | 'provider' | 'api'
  provider: string | null
  external_id: string | null
  idempotency_key: string | null
  once_key: string | null
  decision: string
  occurred_at: Instant
  created_at: Instant
}

/** What one conversion earns one affiliate, by which version of the rule. */
export interface CommissionTable {
  id: Generated<number>
  project_id: number
  conversion_id: number
  affiliate_id: number
  tier: number
  amount: number
  currency: string
  rule_id: number
  rule_version: number
  release_at: Instant
  created_at: Instant
}

/** Money moving from `debit` to `credit`, always positive. Rows are never changed or removed: the database refuses it. */
export interface LedgerEntryTable {
  id: Generated<number>
  project_id: number
  affiliate_id: number
  seq: number
  kind: 'commission' | 'clawback' | 'payout' | 'payout_reversal' | 'credit' | 'debit'
  debit: LedgerAccount
  credit: LedgerAccount
  amount: number
  currency: string
  release_at: Instant
  commission_id: number | null
  note: string | null
  created_at: Instant
  prev_hash: string
  hash: string
}

/** expense: what the programme costs; payable: what the affiliate is owed; paid: what left for him. */
export type LedgerAccount = 'expense' | 'payable' | 'paid'

/** Running totals of an affiliate in one currency. `held` is JSON { release instant: amount }. */
export interface BalanceTable {
  affiliate_id: number
  currency: string
  earned: number
  paid: number
  held: string
}

/** The inbox: what a payment provider sent, byte for byte. Immutable; its progress is in provider_event_state. */
export interface ProviderEventTable {
  id: Generated<number>
  project_id: number
  provider: string
  event_id: string
  type: string
  payload: string
  received_at: Instant
}

export interface ProviderEventStateTable {
  provider_event_id: number
  status: 'received' | 'processed' | 'ignored' | 'failed'
  attempts: number
  next_attempt_at: Instant | null
  error: string | null
  conversion_id: number | null
  updated_at: Instant
}

/** The salt of one day's visitor hashes; gone after 48 hours, so that no hash can be traced back. */
export interface DailySaltTable {
  day: Day
  salt: string
}

/** A served version of latest.js or page.js. */
export interface ScriptVersionTable {
  name: string
  hash: string
  body: string
  created_at: Instant
}

export type Project = Selectable<ProjectTable>
export type Affiliate = Selectable<AffiliateTable>
export type Conversion = Selectable<ConversionTable>
export type Referral = Selectable<ReferralTable>
export type CommissionRule = Selectable<CommissionRuleTable>
export type LedgerEntry = Selectable<LedgerEntryTable>
export type ProviderEvent = Selectable<ProviderEventTable>
