/** Conversions: signups, purchases and what they earned. */
import { z } from 'zod'
import {
  ADDS,
  CHANGES,
  DELETES,
  email,
  flag,
  id,
  numeric,
  optionalText,
  pageInput,
  READS,
  type Tool,
  tool,
} from '../tool.ts'

const conversionId = id('The conversion, as list_conversions numbers it.')
const money = numeric(z.number().min(0))
/** As the API takes it: `PURCHASE` is purchase. */
const type = z.preprocess(
  (given) => (typeof given === 'string' ? given.trim().toLowerCase() : given),
  z.enum(['signup', 'purchase']),
)
const currency = z.string().length(3)
const reference = z.string().min(1).max(255)
const couponCode = z.string().min(1).max(64)

const Told = z.object({ data: z.object({ explanation: z.array(z.string()) }) })

const FIELDS =
  '`value` is the commission and `base_value` what the customer paid, both numbers in major units (12.5 is 12.50) of base_value_currency; `paid` says whether the commission was paid out'

export const conversionTools: Tool[] = [
  tool('list_conversions', {
    title: 'List conversions',
    description:
      `Lists conversions (signups, purchases, custom events), newest first, filtered by type, affiliate, customer, payout and date. ${FIELDS}; status is approved, pending, denied or unqualified. ` +
      'Use it for sales and commissions in a period; sums per affiliate are cheaper from list_affiliates.',
    input: z.object({
      ...pageInput(50),
      type: type.optional().describe('Only signups or only purchases.'),
      affiliate_id: id('Only conversions of this affiliate; the id from list_affiliates.').optional(),
      referred_user_id: id('Only conversions of this customer; the id from list_referrals.').optional(),
      paid: flag().optional().describe('true: commission paid out; false: not yet.'),
      from: z
        .string()
        .optional()
        .describe('From this day or instant on, ISO 8601 in UTC: 2026-11-01 or 2026-11-01T09:30:00Z.'),
      to: z.string().optional().describe('Up to and including this day or instant, ISO 8601 in UTC.'),
    }),
    hints: READS,
    call: (query) => ({ method: 'GET', path: '/conversions', query }),
  }),

  tool('get_conversion', {
    title: 'Get a conversion',
    description: `Returns one conversion by id. ${FIELDS}. Why it was credited to that affiliate, or to nobody, is told by explain_conversion.`,
    input: z.object({ id: conversionId }),
    hints: READS,
    call: (input) => ({ method: 'GET', path: `/conversions/${input.id}` }),
  }),

  tool('create_conversion', {
    title: 'Create a conversion',
    description:
      "Records a signup or purchase that tracking missed, and books the affiliate's commission at once: real money, so check list_conversions for it first. " +
      "Name the affiliate by affiliate_id or referral_code; without both, the e-mail decides. The commission follows the programme's terms unless `value` gives it. " +
      'With a `reference` the same order cannot be recorded twice; without one it can. Returns the conversion.',
    input: z.object({
      type: type.describe('A purchase needs base_value.'),
      affiliate_id: id('The affiliate to credit; the id from list_affiliates.').optional(),
      referral_code: optionalText(z.string().max(64)).describe(
        'The affiliate to credit, by code; used when affiliate_id is left out.',
      ),
      referred_user_id: id('The customer, if he is known; the id from list_referrals.').optional(),
      email: email("The customer's e-mail address.").optional(),
      value: money
        .optional()
        .describe('The commission in major units (12.5 is 12.50). Leave it out: the terms of the programme decide.'),
      base_value: money.optional().describe('What the customer paid, in major units: 49.99, not 4999.'),
      base_value_currency: currency.optional().describe("ISO 4217, such as USD; the programme's own if left out."),
      paid: flag().optional().describe('true: the commission was paid out already; false if left out.'),
      reference: reference
        .optional()
        .describe("The company's own order or invoice number; unique, guards against recording twice."),
      coupon_code_used: couponCode.optional().describe('The coupon the customer used, if any.'),
    }),
    hints: ADDS,
    call: (body) => ({ method: 'POST', path: '/conversions', body }),
  }),

  tool('update_conversion', {
    title: 'Update a conversion',
    description:
      'Changes facts of a conversion; what is left out stays. DESTRUCTIVE for money: a new base_value or type recomputes the commission and a new `value` replaces it, the difference being booked (or taken back) at once; ' +
      'paid: true books a manual payout to the affiliate, paid: false reverses it. Confirm amounts with the user first. Returns the conversion.',
    input: z.object({
      id: conversionId,
      value: money.optional().describe('A new commission, in major units (12.5 is 12.50).'),
      base_value: money.optional().describe('A new amount the customer paid, in major units.'),
      type: type.optional().describe('A new type.'),
      paid: flag().optional().describe('true: paid out to the affiliate; false: not paid.'),
      reference: reference.optional().describe('A new order or invoice number.'),
      coupon_code_used: couponCode.optional().describe('A new coupon code; does not change who is credited.'),
      base_value_currency: currency.optional().describe('A new currency of base_value, ISO 4217.'),
    }),
    hints: CHANGES,
    call: ({ id: conversion, ...body }) => ({ method: 'PUT', path: `/conversions/${conversion}`, body }),
  }),

  tool('delete_conversion', {
    title: 'Delete a conversion',
    description:
      'DESTRUCTIVE, cannot be undone: removes a conversion and takes its commission back from the affiliate, even one that was paid (then it counts against his next payout). ' +
      'Only for what was recorded by mistake, and after the user confirmed it.',
    input: z.object({ id: conversionId }),
    hints: DELETES,
    call: (input) => ({ method: 'DELETE', path: `/conversions/${input.id}` }),
    tell: (input) => `Deleted conversion ${input.id}; its commission was taken back.`,
  }),

  tool('explain_conversion', {
    title: 'Explain a conversion',
    description:
      'Tells in sentences why a conversion was credited to its affiliate or to nobody: every hint the sale carried (manual assignment, coupon, metadata, client reference, e-mail, click), which one won, why each other one lost, and what it earned by which terms. ' +
      'Answers "why was I not credited" and "why this commission". Find the id with list_conversions.',
    input: z.object({ id: conversionId }),
    hints: READS,
    call: (input) => ({ method: 'GET', path: `/conversions/${input.id}/attribution` }),
    tell: (input, answer) => [`Conversion ${input.id}:`, ...Told.parse(answer).data.explanation].join('\n'),
  }),
]
