/** Conversions as the company's own programs record and change them: amounts are major units, people and codes must be there. */
import type { Instant, Project, Tx } from '../../db/schema.ts'
import { findAffiliate } from '../affiliate/affiliate.ts'
import { codeKey } from '../affiliate/code.ts'
import { DomainError } from '../kit/errors.ts'
import { parseCurrency, toMinor } from '../kit/money.ts'
import {
  type ConversionChange,
  getConversion,
  reviewConversion,
  setPaid,
  correctConversion,
  type Verdict,
} from './change.ts'
import { type ConversionWithCommission, getListedConversion } from './list.ts'
import { recordConversion } from './record.ts'

export interface CalledConversion {
  /** `signup`, `purchase`, or a name of the company's own. */
  type: string
  affiliate_id: number | null
  referral_code: string | null
  /** The customer; without it `email` says who it is. */
  referred_user_id: number | null
  email: string | null
  /** What the customer paid, and what the affiliate gets for it instead of what the terms say. */
  amount: number | null
  commission: number | null
  /** null: the project's. */
  currency: string | null
  reference: string | null
  coupon_code: string | null
  product_id: string | null
  url: string | null
  /** The commission was paid out already. */
  paid: boolean
}

/** @throws DomainError 'invalid_request' | 'affiliate_not_found' | 'unknown_code' | 'referral_not_found' | 'conversion_exists' */
export async function createConversion(
  tx: Tx,
  project: Project,
  call: CalledConversion,
  now: Instant,
): Promise<ConversionWithCommission> {
  const { type, amount, commission, reference } = call
  const unit = call.currency === null ? project.currency : parseCurrency(call.currency)
  if (type === 'purchase' && amount === null && commission === null)
    throw new DomainError('invalid_request', 'base_value: expected the amount of the purchase, such as 49.99')
  if (call.affiliate_id !== null) await mustBeAffiliate(tx, project.id, call.affiliate_id)
  if (call.referral_code !== null) await mustBeCode(tx, project.id, call.referral_code)
  const customer = call.referred_user_id === null ? null : await emailOf(tx, project.id, call.referred_user_id)

  const { outcome, conversion } = await recordConversion(
    tx,
    project,
    {
      type,
      email: customer ?? call.email,
      amount: amount === null ? null : toMinor(amount, unit),
      currency: amount === null && commission === null ? null : unit,
      reference,
      coupon_code: call.coupon_code,
      url: call.url,
      source: 'api',
      provider: null,
      external_id: null,
      idempotency_key: null,
      product_id: call.product_id,
      clues: { affiliate_id: call.affiliate_id, coupon: call.coupon_code, metadata: call.referral_code },
      ...(commission !== null && { given_commission: toMinor(commission, unit) }),
      occurred_at: now,
    },
    now,
  )
  if (!conversion || outcome === 'duplicate') {
    const which = reference === null ? 'for this person' : `with the reference ${reference}`
    throw new DomainError('conversion_exists', `A ${type} ${which} already exists`)
  }
  if (call.paid) await setPaid(tx, project, conversion.id, true, now)
  return getListedConversion(tx, project.id, conversion.id)
}

export interface CalledChange extends Omit<ConversionChange, 'value' | 'base_value'> {
  /** The commission, and what the customer paid: major units of `base_value_currency`, or of what the conversion is in. */
  value?: number | undefined
  base_value?: number | undefined
  status?: Verdict | undefined
  status_reason?: string | null | undefined
}

/** The verdict first, so that changed facts are judged as it left them. @throws DomainError 'conversion_not_found' | 'conversion_exists' */
export async function changeConversion(
  tx: Tx,
  project: Project,
  id: number,
  { status, status_reason, ...facts }: CalledChange,
  now: Instant,
): Promise<ConversionWithCommission> {
  const { currency: own } = await getConversion(tx, project.id, id)
  const { value, base_value, base_value_currency: given, ...rest } = facts
  const currency = given && parseCurrency(given)
  const unit = currency ?? own ?? project.currency
  const change = {
    ...rest,
    ...(currency && { base_value_currency: currency }),
    ...(value !== undefined && { value: toMinor(value, unit) }),
    ...(base_value !== undefined && { base_value: toMinor(base_value, unit), base_value_currency: unit }),
  }
  if (status) await reviewConversion(tx, project, id, status, status_reason ?? null, now)
  if (Object.keys(facts).length > 0) await correctConversion(tx, project, id, change, now)
  return getListedConversion(tx, project.id, id)
}

/** @returns whether the conversion is there */
export async function reviewIfThere(
  tx: Tx,
  project: Project,
  id: number,
  verdict: Verdict,
  reason: string | null,
  now: Instant,
): Promise<boolean> {
  try {
    await reviewConversion(tx, project, id, verdict, reason, now)
    return true
  } catch (error) {
    if (error instanceof DomainError && error.code === 'conversion_not_found') return false
    throw error
  }
}

async function mustBeAffiliate(tx: Tx, projectId: number, id: number): Promise<void> {
  if (!(await findAffiliate(tx, projectId, id)))
    throw new DomainError('affiliate_not_found', `affiliate_id: no affiliate ${id} in this project`)
}

async function mustBeCode(tx: Tx, projectId: number, code: string): Promise<void> {
  const link = await tx
    .selectFrom('link')
    .select('id')
    .where('project_id', '=', projectId)
    .where('code_key', '=', codeKey(code))
    .executeTakeFirst()
  if (!link) throw new DomainError('unknown_code', `referral_code: nobody in this project has the code ${code}`)
}

async function emailOf(tx: Tx, projectId: number, referralId: number): Promise<string> {
  const referral = await tx
    .selectFrom('referral')
    .select('email')
    .where('id', '=', referralId)
    .where('project_id', '=', projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!referral)
    throw new DomainError('referral_not_found', `referred_user_id: no referred user ${referralId} in this project`)
  return referral.email
}
