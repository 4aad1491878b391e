/** What goes wrong in the domain, by name; server/errors.ts says which HTTP status each name is. */
export type ErrorCode =
  | 'invalid_request'
  | 'project_not_found'
  | 'unknown_code'
  | 'inactive_code'
  | 'affiliate_not_found'
  | 'affiliate_exists'
  | 'code_taken'
  | 'portal_closed'
  | 'wrong_hash'
  | 'wrong_code'
  | 'session_expired'
  | 'invite_needed'
  | 'rate_limited'
  | 'overloaded'
  | 'wrong_signature'
  | 'provider_not_connected'
  | 'unknown_provider'
  | 'api_key_not_found'
  | 'idempotency_mismatch'
  | 'idempotency_in_progress'
  | 'slug_taken'
  | 'self_referral'
  | 'referral_not_found'
  | 'referral_exists'
  | 'customer_not_found'
  | 'coupon_not_found'
  | 'coupon_exists'
  | 'campaign_not_found'
  | 'level_not_found'
  | 'conversion_not_found'
  | 'provider_event_not_found'
  | 'conversion_exists'
  | 'nothing_to_pay'
  | 'payout_not_found'
  | 'payout_reversed'
  | 'payout_method_not_found'
  | 'material_not_found'
  | 'webhook_not_found'
  | 'webhook_disabled'
  | 'delivery_not_found'

export class DomainError extends Error {
  readonly code: ErrorCode
  /** The input that was wrong, where it was one. */
  readonly field: string | undefined

  constructor(code: ErrorCode, message: string, field?: string) {
    super(message)
    this.name = 'DomainError'
    this.code = code
    this.field = field
  }
}

/** Too much work waits already: in so many seconds it may be asked again. */
export class Overloaded extends DomainError {
  readonly seconds: number

  constructor(message: string, seconds: number) {
    super('overloaded', message)
    this.seconds = seconds
  }
}

/** Asked more often than is allowed: in so many seconds it may be asked again. */
export class TooOften extends DomainError {
  readonly seconds: number

  constructor(subject: string, seconds: number) {
    super('rate_limited', `Too many requests for ${subject}; try again in ${seconds} seconds`)
    this.seconds = seconds
  }
}

/**
 * Another transaction wrote the row that this one was about to write. The transaction begins again and finds it: `code` is that
 * of a serialization failure, which `retried` (db/retried.ts) knows.
 */
export class MetAnother extends Error {
  readonly code = '40001'
}
