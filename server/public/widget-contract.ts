/**
 * What page.js and the API say to each other. Types only: the widget imports this file and nothing else of the server.
 * Amounts are integers in minor units of their currency; days are `YYYY-MM-DD` in UTC; instants are ISO-8601 UTC.
 *
 * POST /api/widget/dashboard  DashboardRequest -> Answer<Dashboard>
 * POST /api/widget/join       JoinRequest      -> Answer<Joined>
 * Both bodies are JSON sent as text/plain (no preflight, and no identity in a URL).
 */

export interface DashboardRequest {
  project_id: number | string
  /** The signed-in visitor's address; absent or empty when the host page does not know it. */
  email?: string
  /** hex HMAC-SHA256(project secret, lower-cased e-mail), computed by the host's server (`data-user-hash`). */
  hash?: string
}

export interface JoinRequest extends DashboardRequest {
  email: string
}

/** Errors: 400 invalid_request, 403 wrong_hash, 404 project_not_found, 409 already_joined, 429 rate_limited, 500 internal. */
export type Answer<T> = { success: true; data: T } | { success: false; error: string; code: string }

export interface Dashboard {
  program: Program
  /** Was the e-mail proven by a valid hash? Without proof `affiliate` is always null. */
  proven: boolean
  /** null: not proven, or proven but not an affiliate yet. Both show the join form. */
  affiliate: AffiliateDashboard | null
}

export interface Joined {
  referral_code: string
  /** Filled when the e-mail was proven: the dashboard opens at once. Otherwise only the link is shown. */
  affiliate: AffiliateDashboard | null
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
}

/** `basis_points`: 2000 = 20 %. `amount`: minor units of `currency`. */
export type CommissionTerms =
  | { kind: 'percent'; basis_points: number }
  | { kind: 'fixed'; amount: number; currency: string }

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

export interface AffiliateDashboard {
  email: string
  referral_code: string
  status: 'active' | 'inactive' | 'pending'
  /** All time. */
  totals: Counts
  /** The last 90 days, oldest first; days on which nothing happened are left out. */
  daily: DailyCounts[]
  /** Today in UTC: the chart's last day. */
  today: string
  /** One per currency that ever earned, the programme's own first; empty before the first commission. */
  balances: Balance[]
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
