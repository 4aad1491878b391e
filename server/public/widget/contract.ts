/**
 * What page.js and the API say to each other. Types only: the widget imports this file and nothing else of the server.
 * Amounts are integers in minor units of their currency; days are `YYYY-MM-DD` in UTC; instants are ISO-8601 UTC.
 *
 * POST /api/widget/dashboard      DashboardRequest    -> Answer<Dashboard> with `texts` and an ETag; 304 without a body when `etag` is it
 * POST /api/widget/join           JoinRequest         -> Answer<Joined | CodeSent>  signed: joins at once; unsigned: mails a code
 * POST /api/widget/code           CodeRequest         -> Answer<CodeSent>      mails a code to log in; the same answer for every address
 * POST /api/widget/login          LoginRequest        -> Answer<LoggedIn>      the code for a token that stands for the address
 * POST /api/widget/logout         Identity            -> Answer<null>          the token opens nothing any more
 * POST /api/widget/payout-method  PayoutMethodRequest -> Answer<AffiliateDashboard>
 * POST /api/widget/payout         PayoutRequest       -> Answer<AffiliateDashboard>  asks the owner to pay
 * POST /api/widget/slug           SlugRequest         -> Answer<AffiliateDashboard>  a second code of the affiliate's own choice
 * POST /api/widget/statement      Identity            -> Answer<Statement>
 * POST /api/widget/live           Identity            -> text/event-stream: `data: {"etag": "..."}` whenever the dashboard changed
 * All bodies are JSON sent as text/plain (no preflight, and no identity in a URL).
 */

export interface Identity {
  project_id: number | string
  /** The signed-in visitor's address; absent or empty when the host page does not know it. */
  email?: string
  /** hex HMAC-SHA256(project secret, lower-cased e-mail), computed by the host's server (`data-user-hash`). */
  hash?: string
  /** Unix seconds (`data-user-hash-at`): when `hash` was made over the address, "\n" and these digits. */
  hash_at?: number | string
  /** What `login` answered: stands for the address the code was sent to, whatever `email` says. */
  token?: string
}

export interface DashboardRequest extends Identity {
  /** Of the answer the widget has; the same again is not sent. */
  etag?: string
  /** A BCP 47 tag: `texts` of the answer are the first numbers as it writes them, by `keyOf` of locales/format.ts. */
  locale?: string
}

export interface JoinRequest extends Identity, JoinForm {
  email: string
}

export interface JoinForm {
  /** What the program asks for: see `Program.signup.fields`. */
  fields?: Partial<Record<SignupFieldId, string>>
  /** From the address of an invitation (`?refgrow_invite=`). */
  invite?: string
  /** The language the affiliate reads, which their mails are written in. */
  language?: string
}

export interface CodeRequest {
  project_id: number | string
  email: string
  language?: string
}

export interface CodeSent {
  /** Opaque: goes with the code to `login`. A code counts in the browser that asked for it alone. */
  challenge: string
  /** Minutes the code is good for. */
  minutes: number
}

export interface LoginRequest {
  project_id: number | string
  email: string
  /** Of the answer that said a code was sent. */
  challenge?: string
  /** Six digits, or the 32 letters and digits that are mailed when many codes were asked for; spaces do not matter. */
  code: string
  /** Of the form to join, which counts only now that the address is proven; who has joined already stays as they are. */
  join?: JoinForm
}

export interface LoggedIn {
  /** Opaque; good until it is revoked or was not used for 90 days. */
  token: string
  /** Did this code make an affiliate? */
  joined: boolean
  dashboard: Dashboard
}

export interface PayoutMethodRequest extends Identity {
  /** null removes what is stored. */
  method: PayoutMethodDetails | null
}

/** `bank`: IBAN or account number with the holder's name. `other`: a sentence to the owner. */
export type PayoutMethodDetails =
  | { kind: 'paypal'; email: string }
  | { kind: 'wise'; email: string }
  | { kind: 'bank'; holder: string; account: string; bic?: string }
  | { kind: 'other'; text: string }

export interface PayoutRequest extends Identity {
  currency: string
}

export interface SlugRequest extends Identity {
  slug: string
}

/** All ledger entries of the affiliate as a CSV file. */
export interface Statement {
  filename: string
  csv: string
}

/**
 * Errors: 400 invalid_request, 403 wrong_hash (also: missing, where the project asks for one), 403 wrong_code,
 * 401 session_expired (a token that is not good any more), 403 invite_needed, 404 project_not_found, 409 code_taken,
 * 400 nothing_to_pay, 429 rate_limited, 500 internal. `field` names the input that was wrong.
 */
export type Answer<T> = { success: true; data: T } | { success: false; error: string; code: string; field?: string }

export interface Dashboard {
  program: Program
  /** Was the e-mail proven by a valid hash or token? Without proof `affiliate` is always null. */
  proven: boolean
  /** null: not proven, or proven but not an affiliate yet. Both show the form to join or log in. */
  affiliate: AffiliateDashboard | null
}

/** The email address was signed: the dashboard opens at once, also of somebody who had joined before. */
export interface Joined {
  referral_code: string
  status: AffiliateStatus
  affiliate: AffiliateDashboard
}

export interface Program {
  project_id: number
  name: string
  /** Where referral links lead, e.g. `https://shop.example`. */
  website: string | null
  /** URL parameter of a referral link, `ref` unless configured. */
  param: string
  /** The programme's own currency, ISO 4217. */
  currency: string
  title: string | null
  description: string | null
  commission: CommissionTerms | null
  hold_days: number
  cookie_days: number
  blocks: BlockConfig[]
  appearance: Appearance
  signup: Signup
  payout: PayoutTerms
  /** May affiliates choose a code of their own? */
  custom_slugs: boolean
  /** What he earns of what those he invited sell; null: no second tier. */
  second_tier: CommissionTerms | null
  /** The ladder, lowest first; empty without performance levels. */
  levels: Level[]
  materials: Material[]
  /** Show "Powered by Refgrow". */
  powered_by: boolean
}

export interface Signup {
  /** `public`: anybody joins; `approval`: the owner approves; `invite`: only with an invitation. */
  mode: 'public' | 'approval' | 'invite'
  fields: { id: SignupFieldId; required: boolean }[]
  terms_url: string | null
  /** The host page must sign addresses: no log-in by code. */
  verification: boolean
}

export type SignupFieldId = 'name' | 'company' | 'website'

export interface PayoutTerms {
  kinds: PayoutMethodDetails['kind'][]
  /** Affiliates may ask to be paid. */
  requests: boolean
  /** Minor units of the programme's currency: what must be available to ask for a payout. */
  minimum: number
}

/** `basis_points`: 2000 = 20 %. `amount`: minor units of `currency`. */
export type CommissionTerms =
  | { kind: 'percent'; basis_points: number }
  | { kind: 'fixed'; amount: number; currency: string }

export interface Level {
  id: number
  name: string
  /** What counts: earned sales (minor units of the programme's currency), referred customers, months; `custom`: the owner decides. */
  metric: 'amount' | 'referrals' | 'months' | 'custom'
  threshold: number
  period: 'total' | 'monthly' | 'quarterly' | 'yearly'
  commission: CommissionTerms | null
}

export type Material =
  /** `url`: of the image, on the API's own address or anywhere. */
  | { id: number; kind: 'banner'; title: string; url: string; width: number; height: number }
  /** `{{link}}` and `{{code}}` in the text are the affiliate's. */
  | { id: number; kind: 'text'; title: string; text: string }

export interface BlockConfig {
  id: string
  enabled: boolean
  order: number
}

export interface Appearance {
  /** CSS hex colours; null = the widget's own default. */
  primary_color: string | null
  secondary_color: string | null
  font_color: string | null
  theme: 'auto' | 'light' | 'dark'
}

export type AffiliateStatus = 'active' | 'inactive' | 'pending'

export interface AffiliateDashboard {
  email: string
  name: string | null
  referral_code: string
  /** A code of his own choice beside it. */
  slug: string | null
  status: AffiliateStatus
  /** All time. */
  totals: Counts
  /** The last 365 days, oldest first; days on which nothing happened are left out. */
  daily: DailyCounts[]
  /** Today in UTC: the chart's last day. */
  today: string
  /** One per currency that ever earned, the programme's own first; empty before the first commission. */
  balances: Balance[]
  coupons: { code: string }[]
  /** What the newest twenty referrals and sales brought, and why: newest first. */
  recent: Activity[]
  payouts: Payout[]
  payout_method: { kind: PayoutMethodDetails['kind']; masked: string } | null
  /** Asked for and not decided yet. */
  payout_request: { currency: string; amount: number; at: string } | null
  /** null: no ladder, or none reached yet. */
  level_id: number | null
  /** How far he came towards the next level, in its metric; null at the top and where the owner decides. */
  progress: { level_id: number; value: number } | null
  invited: Invited
}

export interface Activity {
  id: number
  type: 'signup' | 'purchase' | 'other'
  at: string
  status: 'pending' | 'approved' | 'denied' | 'unqualified'
  /** What was paid; null for a signup. */
  sale: { amount: number; currency: string } | null
  /** What it earned him, after what was taken back; null: nothing. `release_at` is null while the payment is disputed. */
  commission: { amount: number; currency: string; taken_back: number; release_at: string | null; tier: 1 | 2 } | null
  /** Why it is his; a code only when it is one of his own. */
  reason: { kind: ReasonKind; code: string | null }
}

export type ReasonKind =
  | 'manual'
  | 'coupon'
  | 'metadata'
  | 'client_reference'
  | 'subscription_metadata'
  | 'email'
  | 'click'
  | 'second_tier'

export interface Payout {
  id: number
  at: string
  amount: number
  currency: string
  /** `manual`, or a rail's name. */
  method: string
  status: 'paid' | 'reversed'
}

export interface Invited {
  count: number
  /** Per currency, what their sales brought him. */
  earnings: { currency: string; amount: number }[]
  /** The newest ten; the address is masked: `a•••@example.com`. */
  people: { name: string; joined_at: string; status: AffiliateStatus }[]
}

export interface Counts {
  clicks: number
  signups: number
  purchases: number
}

export interface DailyCounts extends Counts {
  day: string
  /** Commission earned that day per currency; negative when more was taken back than earned. */
  earnings: Record<string, number>
}

/** total = eligible + held + paid, always. */
export interface Balance {
  currency: string
  total: number
  eligible: number
  held: number
  paid: number
  /** The next held money that becomes eligible. */
  next_release: { at: string; amount: number } | null
}
