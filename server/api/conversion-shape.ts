/** Conversions on the wire: the fields clients send, under every name published clients use, and what is shown. COMPAT §3. */
import { z } from 'zod'
import { referralCode } from '../core/affiliate/code.ts'
import type { CalledConversion } from '../core/conversion/by-call.ts'
import type { Explained } from '../core/conversion/explanation.ts'
import type { ConversionWithCommission } from '../core/conversion/list.ts'
import { typeOfConversion } from '../core/conversion/type.ts'
import { flag, numeric, orNone, rowId } from '../core/kit/lenient.ts'
import { toMajor } from '../core/kit/money.ts'
import { email, id, pageOf } from './shapes.ts'

export const Conversion = z.object({
  id: z.number(),
  project_id: z.number(),
  type: z.string(),
  affiliate_id: z.number().nullable(),
  referral_code: z.string().nullable(),
  referred_user_id: z.number().nullable(),
  /** The commission as it stands, major units of its currency; null when nothing was earned. */
  value: z.number().nullable(),
  base_value: z.number().nullable(),
  base_value_currency: z.string().nullable(),
  paid: z.boolean(),
  status: z.string(),
  status_reason: z.string().nullable(),
  created_at: z.string(),
  reference: z.string().nullable(),
  coupon_code_used: z.string().nullable(),
  url: z.string().nullable(),
  refunded: z.number(),
  product_id: z.string().nullable(),
  /** What was paid, where it was converted to the project's currency. */
  original_value: z.number().nullable(),
  original_currency: z.string().nullable(),
  exchange_rate: z.string().nullable(),
  exchange_rate_source: z.string().nullable(),
})

export const CreatedConversion = Conversion.extend({
  earned: z.literal(false).optional().describe('Of a custom event: nothing was earned'),
  hint: z.string().optional().describe('What to send instead, where that is not what was meant'),
})

/** An instant, or a day: then its first moment for `from`, its last for `to`. */
const moment = (ofDay: string) =>
  z
    .union(
      [z.iso.datetime({ offset: true }), z.iso.date()],
      'expected an ISO date such as 2026-11-20 or 2026-11-20T09:30:00Z',
    )
    .transform((text) => new Date(text.length === 10 ? text + ofDay : text).toISOString())

const Status = z.enum(
  ['pending', 'approved', 'denied', 'unqualified'],
  'expected pending, approved, denied or unqualified',
)
const Verdict = z.enum(['approved', 'denied', 'unqualified'], 'expected approved, denied or unqualified')

export const Query = z.object({
  ...pageOf(50),
  type: typeOfConversion.optional(),
  affiliate_id: id.optional(),
  referred_user_id: id.optional(),
  status: Status.optional(),
  // Python writes `True`, PHP `1`.
  paid: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0'], 'expected true or false'))
    .transform((text) => text === 'true' || text === '1')
    .optional(),
  from: moment('T00:00:00.000Z').optional(),
  to: moment('T23:59:59.999Z').optional(),
})

const text = (longest: number) => z.string('expected a text').trim().min(1, 'expected a text').max(longest)
const money = numeric(
  z
    .number('expected an amount such as 49.99')
    .min(0, 'expected an amount of at least 0')
    .max(1e12, 'expected an amount below a trillion'),
)
const currency = z
  .string('expected a currency such as USD')
  .trim()
  .regex(/^[A-Za-z]{3}$/, 'expected a currency such as USD')
const whole = z
  .number('expected a number')
  .int('expected a whole number')
  .min(1, 'expected at least 1')
  .max(Number.MAX_SAFE_INTEGER)

/** Every field under the names published clients use. */
export const NewConversion = z
  .object({
    type: typeOfConversion.default('purchase'),
    affiliate_id: rowId.nullish(),
    referral_code: orNone(referralCode),
    referred_user_id: rowId.nullish(),
    email: orNone(email),
    customer_email: orNone(email),
    value: money.nullish(),
    commission_amount: money.nullish(),
    base_value: money.nullish(),
    amount: money.nullish(),
    base_value_currency: orNone(currency),
    currency: orNone(currency),
    paid: flag.nullish(),
    reference: orNone(z.union([text(255), whole], 'expected a text or a number')),
    coupon_code_used: orNone(text(64)),
    product_id: orNone(text(255)),
    url: orNone(text(2000)),
  })
  .meta({
    examples: [
      { type: 'purchase', affiliate_id: 1, base_value: 250, base_value_currency: 'USD', reference: 'ORDER-123' },
    ],
  })

const changes = {
  type: typeOfConversion.optional(),
  value: money.optional(),
  base_value: money.optional(),
  base_value_currency: currency.optional(),
  paid: flag.optional(),
  reference: orNone(text(255)),
  coupon_code_used: orNone(text(64)),
  status: Verdict.optional(),
  status_reason: orNone(text(500)),
}
export const Change = z
  .object(changes)
  .refine((body) => Object.keys(body).length > 0, `expected at least one of ${Object.keys(changes).join(', ')}`)

export const Verdicts = z.object({
  ids: z
    .array(rowId, 'expected a list of conversion ids')
    .min(1, 'expected at least one id')
    .max(500, 'expected at most 500 ids'),
  status: Verdict,
  reason: orNone(text(500)),
})

export const Trail = z.object({
  conversion_id: z.number(),
  affiliate_id: z.number().nullable(),
  winner: z.object({ kind: z.string(), affiliate_id: z.number(), link_id: z.number().nullable() }).nullable(),
  candidates: z.array(
    z.object({
      kind: z.string(),
      value: z.string(),
      affiliate_id: z.number().nullable(),
      outcome: z.enum(['won', 'lost']),
      reason: z.string(),
    }),
  ),
  commission: z.record(z.string(), z.unknown()),
  second_tier: z.record(z.string(), z.unknown()).nullable(),
  /** The same, in sentences. */
  explanation: z.array(z.string()),
})

/** What goes by two names is told once. */
export const calledConversion = (body: z.infer<typeof NewConversion>): CalledConversion => ({
  type: body.type,
  affiliate_id: body.affiliate_id ?? null,
  referral_code: body.referral_code ?? null,
  referred_user_id: body.referred_user_id ?? null,
  email: body.email ?? body.customer_email ?? null,
  amount: body.base_value ?? body.amount ?? null,
  commission: body.value ?? body.commission_amount ?? null,
  currency: body.currency ?? body.base_value_currency ?? null,
  reference: body.reference == null ? null : String(body.reference),
  coupon_code: body.coupon_code_used ?? null,
  product_id: body.product_id ?? null,
  url: body.url ?? null,
  paid: body.paid ?? false,
})

export function showConversion(row: ConversionWithCommission): z.infer<typeof Conversion> {
  const major = (amount: number | null, unit: string | null) =>
    amount === null || unit === null ? null : toMajor(amount, unit)
  return {
    id: row.id,
    project_id: row.project_id,
    type: row.type,
    affiliate_id: row.affiliate_id,
    referral_code: row.referral_code,
    referred_user_id: row.referral_id,
    value: major(row.commission_amount, row.commission_currency),
    base_value: major(row.amount, row.currency),
    base_value_currency: row.currency,
    paid: row.paid,
    status: row.status,
    status_reason: row.status_reason,
    created_at: row.created_at,
    reference: row.reference,
    coupon_code_used: row.coupon_code,
    url: row.url,
    refunded: major(row.refunded, row.currency) ?? 0,
    product_id: row.product_id,
    original_value: major(row.original_amount, row.original_currency),
    original_currency: row.original_currency,
    exchange_rate: row.exchange_rate,
    exchange_rate_source: row.rate_source,
  }
}

export const showTrail = ({ conversion, decision, explanation }: Explained): z.infer<typeof Trail> => {
  const { second_tier = null, ...rest } = decision
  return {
    conversion_id: conversion.id,
    affiliate_id: conversion.affiliate_id,
    ...rest,
    commission: { ...decision.commission },
    second_tier: second_tier && { ...second_tier },
    explanation,
  }
}
