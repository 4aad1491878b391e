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
  code_claim: CodeClaimTable
  click: ClickTable
  rollup: RollupTable
  not_counted: NotCountedTable
  daily_earning: DailyEarningTable
  referral: ReferralTable
  conversion: ConversionTable
  conversion_key: ConversionKeyTable
  commission: CommissionTable
  ledger_entry: LedgerEntryTable
  balance: BalanceTable
  provider_event: ProviderEventTable
  provider_event_state: ProviderEventStateTable
  daily_salt: DailySaltTable
  script_version: ScriptVersionTable
  commission_level: CommissionLevelTable
  coupon: CouponTable
  payout: PayoutTable
  refund: RefundTable
  event: EventTable
  webhook_endpoint: WebhookEndpointTable
  webhook_delivery: WebhookDeliveryTable
  webhook_attempt: WebhookAttemptTable
  mail: MailTable
  stored_answer: StoredAnswerTable
  rate_window: RateWindowTable
  exchange_rate: ExchangeRateTable
  provider_link: ProviderLinkTable
  provider_task: ProviderTaskTable
  login_code: LoginCodeTable
  affiliate_session: AffiliateSessionTable
  payout_method: PayoutMethodTable
  payout_request: PayoutRequestTable
  material: MaterialTable
  heartbeat: HeartbeatTable
  installation: InstallationTable
  erasure: ErasureTable
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
  /** The secret before this one, and until when its signatures still count. */
  hmac_secret_previous_sealed: string | null
  hmac_secret_previous_until: Instant | null
  created_at: Instant
  /** Number of the newest event in the project's feed. */
  event_seq: Generated<number>
  /** Affiliates that were not deleted. */
  affiliate_count: Generated<number>
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
  /** A live event came: from then on test events are ignored. */
  live: Generated<number>
  /** Lets the server ask the provider, at `api_url` (null: where the provider's API is). */
  api_key_sealed: string | null
  api_url: string | null
  /** The webhook endpoint at the provider that this server made or took over. */
  endpoint_id: string | null
}

/** A set of terms affiliates join. */
export interface CampaignTable {
  id: Generated<number>
  project_id: number
  name: string
  is_default: number
  created_at: Instant
  description: string | null
  updated_at: Instant | null
}

/**
 * Terms, one row per version: a changed rate makes a new row and leaves the past alone. Without product, affiliate and level
 * they are the campaign's; the newest row of each scope is in force unless it is `ended`.
 */
export interface CommissionRuleTable {
  id: Generated<number>
  project_id: number
  campaign_id: number
  version: number
  kind: 'percent' | 'fixed'
  basis_points: number | null
  amount: number | null
  /** Of `amount`, `cap` and `second_amount`. */
  currency: string | null
  hold_days: number
  created_at: Instant
  product_id: string | null
  affiliate_id: number | null
  level_id: number | null
  duration: Generated<'lifetime' | 'first' | 'months' | 'payments'>
  /** How many months or payments. */
  duration_count: number | null
  renewals: Generated<number>
  upgrades: Generated<number>
  /** At most this much for one sale, minor units. */
  cap: number | null
  /** What the affiliate who invited the seller earns, on the sale's amount. */
  second_kind: 'percent' | 'fixed' | null
  second_basis_points: number | null
  second_amount: number | null
  /** null: as long as the seller's own. */
  second_duration: 'lifetime' | 'first' | 'months' | 'payments' | null
  second_duration_count: number | null
  ended: Generated<number>
}

/** A rung of the performance ladder: from `threshold` on, its own terms apply. */
export interface CommissionLevelTable {
  id: Generated<number>
  project_id: number
  campaign_id: number
  position: number
  name: string
  metric: 'amount' | 'referrals' | 'months' | 'custom'
  /** Minor units for `amount`. */
  threshold: number
  period: 'total' | 'monthly' | 'quarterly' | 'yearly'
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
  name: string | null
  partner_slug: string | null
  /** Who invited him: earns the second tier. */
  parent_id: number | null
  level_id: number | null
  /** The level was set by hand and is not changed automatically. */
  level_manual: Generated<number>
  /** Gone for every caller; the ledger keeps his entries under a pseudonym. */
  deleted_at: Instant | null
  /** What he reads: a tag such as `pt-BR`; null: the project's `language`. */
  language: string | null
  company: string | null
  website: string | null
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
  /** Of the code he chose beside his own: how many clicks he had then, of people and bots. null: not of his choice (any more). */
  clicks_before: number | null
}

/** Whose a code is in all its spellings, or nobody's alone: the id of a coupon at Stripe, which several may share. */
export interface CodeClaimTable {
  project_id: number
  spelling: string
  affiliate_id: number | null
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
  signups: Generated<number>
  purchases: Generated<number>
  other_events: Generated<number>
}

/** Clicks that are not counted, see core/not-counted.ts for the reasons. */
export interface NotCountedTable {
  project_id: number
  day: Day
  affiliate_id: number
  reason: 'bot' | 'frame' | 'image' | 'fetch' | 'prefetch' | 'repeat' | 'limit' | 'dropped'
  clicks: number
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
  deleted_at: Instant | null
  /**
   * How the person came to the affiliate. `claimed`: a browser said so, after a click that is on record. `credited`: a proven
   * sale was credited on the strength of a claim. `stored`: a secret-key call, the owner or a provider said so. `bound`: a
   * proven sale that itself named the affiliate; nothing but the owner changes that.
   */
  proof: Generated<'claimed' | 'credited' | 'stored' | 'bound' | null>
  /** When the click behind a claim was made. */
  claimed_at: Generated<Instant | null>
  /** When a proven purchase was first known; a browser's report alone proves none. */
  first_sale_at: Generated<Instant | null>
}

/** A signup, a purchase or a custom event. `decision` is JSON of core/conversion/decision.ts. */
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
  decision: string
  occurred_at: Instant
  created_at: Instant
  product_id: string | null
  payment_kind: 'first' | 'renewal' | 'upgrade' | 'one_time' | null
  /** What was paid, before it was converted to `currency` at `exchange_rate`. */
  original_amount: number | null
  original_currency: string | null
  exchange_rate: string | null
  rate_source: string | null
  /** Went back to the buyer so far, minor units of `currency`. */
  refunded: Generated<number>
  /** What the buyer paid in all, with tax and shipping: refunds are shares of it. null: `amount`. */
  gross: number | null
  /** The provider's ids of the buyer and of what he subscribed to. */
  customer_id: string | null
  subscription_id: string | null
  /** A dispute is open: what it earned is held until it is decided. */
  disputed: Generated<number>
  updated_at: Instant | null
  deleted_at: Instant | null
  /** When the owner approved, denied or disqualified it by hand. */
  reviewed_at: Generated<Instant | null>
}

/**
 * Every id under which a conversion is known, each once in a project: `purchase pi_1` (a reference or a provider's id of the
 * payment, invoice, charge or checkout), `call HASH` (a browser's call), `signup 12` (the one signup of a referral).
 * `claim`: only a browser said so.
 */
export interface ConversionKeyTable {
  project_id: number
  key: string
  conversion_id: number
  kind: 'provider' | 'reference' | 'claim'
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
  /** Taken back so far, minor units: never more than `amount`. */
  taken_back: Generated<number>
  /** While a dispute is open: when it would have been released. */
  release_before: Instant | null
  /** The payout that paid it by hand (`paid: true`); payouts of a whole balance name no commissions. */
  payout_id: number | null
  /** The percentage it was computed with; null for a fixed or given amount. */
  rate_basis_points: number | null
  /** Taken back whole because its conversion was denied, changed or deleted; another commission may have replaced it. */
  void: Generated<number>
}

/** Money moving from `debit` to `credit`, always positive. Rows are never changed or removed: the database refuses it. */
/** Why money moved: what happened to the conversion, or to the payout, or to the affiliate. */
export type LedgerCause =
  | 'recorded'
  | 'confirmed'
  | 'attributed'
  | 'renumbered'
  | 'approved'
  | 'denied'
  | 'unqualified'
  | 'corrected'
  | 'refunded'
  | 'refund_undone'
  | 'dispute_opened'
  | 'dispute_closed'
  | 'deleted'
  | 'affiliate_deleted'
  | 'payout'
  | 'payout_reversed'

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
  /** Why it was made; null in entries of a version before this column. */
  cause: LedgerCause | null
  commission_id: number | null
  conversion_id: number | null
  refund_id: number | null
  payout_id: number | null
  /** For people; no code reads it. */
  note: string | null
  created_at: Instant
  prev_hash: string
  hash: string
}

/** expense: what the programme costs; payable: what the affiliate is owed; paid: what left for him. */
export type LedgerAccount = 'expense' | 'payable' | 'paid'

/**
 * Running totals of an affiliate in one currency. `held` is JSON { release instant: amount }; releases up to `settled_to` were
 * dropped from it, so what the row says of a time before that is wrong.
 */
export interface BalanceTable {
  affiliate_id: number
  currency: string
  earned: number
  paid: number
  held: string
  settled_to: Instant | null
}

/** The inbox: what a payment provider sent. Its progress is in provider_event_state; nothing here changes but a redacted payload. */
export interface ProviderEventTable {
  id: Generated<number>
  project_id: number
  provider: string
  event_id: string
  type: string
  /** As the provider sent it, until a person in it is erased. */
  payload: string
  received_at: Instant
  /** SHA-256 of what the provider sent, hexadecimal. */
  payload_hash: string
  redacted_at: Instant | null
}

export interface ProviderEventStateTable {
  provider_event_id: number
  /** waiting: its sale is still to come. */
  status: 'received' | 'processed' | 'ignored' | 'failed' | 'waiting'
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

/** A code an affiliate hands out; a purchase that uses it is his. `code_key` is the code without case. */
export interface CouponTable {
  id: Generated<number>
  project_id: number
  affiliate_id: number
  coupon_code: string
  code_key: string
  stripe_coupon_id: string | null
  lemonsqueezy_discount_code: string | null
  status: 'active' | 'inactive'
  created_at: Instant
  updated_at: Instant
}

/** Money that left for an affiliate. */
export interface PayoutTable {
  id: Generated<number>
  uuid: string
  project_id: number
  affiliate_id: number
  amount: number
  currency: string
  /** `manual`, or a rail's name. */
  method: string
  status: 'paid' | 'reversed'
  note: string | null
  created_at: Instant
  reversed_at: Instant | null
}

/** What was told of money going back to the buyer: a refund, the sum of all refunds so far, or a dispute. */
export interface RefundTable {
  id: Generated<number>
  project_id: number
  conversion_id: number
  provider: string
  external_id: string
  kind: 'refund' | 'cumulative' | 'dispute'
  state: 'pending' | 'done' | 'undone' | 'opened' | 'won' | 'lost'
  /** Minor units, in the terms of `whole`. */
  amount: number
  /** What was paid in these terms; null: the conversion's gross. */
  whole: number | null
  reason: string | null
  occurred_at: Instant
  created_at: Instant
}

/** Everything that happened, numbered per project without gaps: the feed of `GET /api/v1/events`, the source of webhooks. */
export interface EventTable {
  id: Generated<number>
  project_id: number
  seq: number
  type: string
  /** What it is about, such as `conversion 12`. */
  subject: string
  /** JSON, in the shape of the webhook of that type. */
  payload: string
  created_at: Instant
}

export interface WebhookEndpointTable {
  id: Generated<number>
  project_id: number
  url: string
  /** JSON array of event types. */
  events: string
  secret_sealed: string | null
  status: 'active' | 'disabled'
  disabled_reason: string | null
  failing_since: Instant | null
  created_at: Instant
  updated_at: Instant
}

/** One event on its way to one endpoint. `body` is sent byte for byte, with payout preferences where there are some; a test has no event. */
export interface WebhookDeliveryTable {
  id: Generated<number>
  project_id: number
  endpoint_id: number
  event_id: number | null
  event_type: string
  body: string
  status: 'pending' | 'delivered' | 'failed'
  attempts: Generated<number>
  next_attempt_at: Instant | null
  created_at: Instant
  finished_at: Instant | null
}

export interface WebhookAttemptTable {
  id: Generated<number>
  delivery_id: number
  at: Instant
  request_headers: string
  response_status: number | null
  response_body: string | null
  latency_ms: number
  error: string | null
}

/** The mail outbox. `fields` is JSON for the template. */
export interface MailTable {
  id: Generated<number>
  project_id: number
  recipient: string
  template: string
  language: string
  fields: string
  once_key: string | null
  status: 'pending' | 'sent' | 'failed'
  attempts: Generated<number>
  next_attempt_at: Instant | null
  error: string | null
  created_at: Instant
  sent_at: Instant | null
}

/** The answer to a request with an Idempotency-Key, kept for 24 hours. */
export interface StoredAnswerTable {
  project_id: number
  key: string
  request_hash: string
  status: number
  body: string
  created_at: Instant
}

/** How many requests a key or an address made in its current window. */
export interface RateWindowTable {
  key: string
  starts_at: Instant
  used: number
}

/** What one unit of `base` is worth in `quote` on a day; `rate` is a decimal text. */
export interface ExchangeRateTable {
  base: string
  quote: string
  day: Day
  rate: string
  source: string
}

/** What a provider's id stands for: the person, and the conversion where it names one. */
export interface ProviderLinkTable {
  id: Generated<number>
  project_id: number
  provider: string
  kind: 'customer' | 'subscription' | 'invoice' | 'payment' | 'charge' | 'checkout'
  external_id: string
  referral_id: number | null
  conversion_id: number | null
  /** Ids of one payment (invoice, payment, charge, checkout) share this number. */
  fact: number | null
  /** JSON: codes that came with this id, for payments that carry none themselves. */
  clues: string | null
  created_at: Instant
}

/** Something to do at a payment provider; gone when it is done, without a next attempt when it failed for good. */
export interface ProviderTaskTable {
  id: Generated<number>
  project_id: number
  provider: string
  kind: 'create_coupon' | 'delete_coupon'
  /** JSON. */
  fields: string
  attempts: Generated<number>
  next_attempt_at: Instant | null
  error: string | null
  created_at: Instant
}

/**
 * A code that proves an address. `challenge` is the SHA-256 of what the browser holds that asked, `address` a signature of the
 * address, `hash` keyed with the server's secret, because six digits are quickly tried. `secret`: 128 bits instead of digits;
 * `none`: was mailed to nobody.
 */
export interface LoginCodeTable {
  project_id: number
  challenge: string
  address: string
  /** null: had not joined when the code was asked for. */
  affiliate_id: number | null
  kind: 'digits' | 'secret' | 'none'
  hash: string
  tries: Generated<number>
  expires_at: Instant
  created_at: Instant
}

/** A browser that logged in with a code. `hash` is the SHA-256 of its token. */
export interface AffiliateSessionTable {
  id: Generated<number>
  project_id: number
  affiliate_id: number
  hash: string
  created_at: Instant
  /** To the day. */
  last_used_at: Instant
  revoked_at: Instant | null
}

/** Where an affiliate's payouts go. `sealed` is JSON of core/payout-method.ts; people see `masked`. */
export interface PayoutMethodTable {
  affiliate_id: number
  project_id: number
  kind: 'paypal' | 'wise' | 'bank' | 'other'
  sealed: string
  masked: string
  /** SHA-256 of the project and the account's folded address, where it is one: for the self-referral check. */
  mailbox_hash: Generated<string | null>
  updated_at: Instant
}

/** An affiliate asks to be paid; one open request per currency. */
export interface PayoutRequestTable {
  id: Generated<number>
  project_id: number
  affiliate_id: number
  currency: string
  /** What was eligible when he asked, minor units. */
  amount: number
  status: 'open' | 'paid' | 'withdrawn'
  created_at: Instant
  closed_at: Instant | null
}

/** What affiliates may use to promote: a text, or a banner whose image is stored here or stands at `url`. */
export interface MaterialTable {
  id: Generated<number>
  project_id: number
  kind: 'banner' | 'text'
  title: string
  text: string | null
  url: string | null
  /** As it is shown, in CSS pixels. */
  width: number | null
  height: number | null
  position: number
  created_at: Instant
  content_type: string | null
  /** 16 hexadecimal digits of the image's SHA-256: part of its address. */
  hash: string | null
  image: Uint8Array | null
}

/** Of the whole installation. `public_url`: where browsers reach the server, as it was last started. */
export interface InstallationTable {
  key: 'public_url'
  value: string
  updated_at: Instant
}

/** A person to be taken out of everything that was stored about them; gone when that is done. */
export interface ErasureTable {
  project_id: number
  /** `affiliate 3`, `referral 7`. */
  person: string
  /** JSON of core/erasure.ts. */
  fields: string
  next_attempt_at: Instant
  error: string | null
  created_at: Instant
}

/** One row, written to see whether the database takes a write. */
export interface HeartbeatTable {
  id: number
  at: Instant
  /** Empty but for a moment. */
  filler: Generated<string>
}

export type Project = Selectable<ProjectTable>
export type LoginCode = Selectable<LoginCodeTable>
export type Affiliate = Selectable<AffiliateTable>
export type Conversion = Selectable<ConversionTable>
export type Referral = Selectable<ReferralTable>
export type CommissionRule = Selectable<CommissionRuleTable>
export type LedgerEntry = Selectable<LedgerEntryTable>
export type ProviderEvent = Selectable<ProviderEventTable>
export type Erasure = Selectable<ErasureTable>
export type Commission = Selectable<CommissionTable>
export type CommissionLevel = Selectable<CommissionLevelTable>
export type Campaign = Selectable<CampaignTable>
export type Coupon = Selectable<CouponTable>
export type Payout = Selectable<PayoutTable>
export type Refund = Selectable<RefundTable>
export type Event = Selectable<EventTable>
export type WebhookEndpoint = Selectable<WebhookEndpointTable>
export type WebhookDelivery = Selectable<WebhookDeliveryTable>
export type WebhookAttempt = Selectable<WebhookAttemptTable>
export type Mail = Selectable<MailTable>
export type ProviderLink = Selectable<ProviderLinkTable>
export type ProviderConnection = Selectable<ProviderConnectionTable>
export type ProviderTask = Selectable<ProviderTaskTable>
export type PayoutMethod = Selectable<PayoutMethodTable>
export type PayoutRequest = Selectable<PayoutRequestTable>
export type Material = Selectable<MaterialTable>
