/** Coupons: codes affiliates hand out. */
import { z } from 'zod'
import { ADDS, CHANGES, DELETES, id, numeric, pageInput, READS, type Tool, tool } from '../tool.ts'

const couponId = id('The coupon, as list_coupons numbers it.')
const couponCode = z
  .string()
  .regex(/^[A-Za-z0-9_-]{3,64}$/, '3 to 64 letters, digits, hyphens or underscores')
  .describe(
    '3 to 64 letters, digits, hyphens or underscores; unique in the programme, upper and lower case do not matter.',
  )
const status = z.enum(['active', 'inactive'])

const providerIds = {
  stripe_coupon_id: z
    .string()
    .max(255)
    .optional()
    .describe("The id of the coupon or promotion code in Stripe: sales that use it are the affiliate's."),
  lemonsqueezy_discount_code: z
    .string()
    .max(255)
    .optional()
    .describe("The discount code in LemonSqueezy: sales that use it are the affiliate's."),
}

/** What the code takes off at Stripe; the API has the rule which of these go together. */
const discount = z.strictObject({
  percent_off: numeric(z.number().gt(0).max(100)).optional().describe('Percent off: 20 is 20 %. Or give amount_off.'),
  amount_off: numeric(z.number().gt(0))
    .optional()
    .describe('An amount off, in major units: 5 is 5.00. Needs currency.'),
  currency: z.string().length(3).optional().describe('ISO 4217, such as USD; with amount_off.'),
  duration: z
    .enum(['once', 'forever', 'repeating'])
    .optional()
    .describe('For the first payment, for all, or for duration_in_months. once if left out.'),
  duration_in_months: numeric(z.int().min(1).max(120)).optional().describe('With duration repeating, and only then.'),
})

export const couponTools: Tool[] = [
  tool('list_coupons', {
    title: 'List coupons',
    description:
      'Lists coupon codes with the affiliate each belongs to (affiliate_id, affiliate_email, affiliate_referral_code) and its ids at Stripe and LemonSqueezy. ' +
      'Use it to find out whose a code is, or which codes an affiliate has.',
    input: z.object({
      ...pageInput(50),
      status: status.optional().describe('Only coupons of this status.'),
      affiliate_id: id('Only coupons of this affiliate; the id from list_affiliates.').optional(),
      coupon_code: z.string().min(1).max(64).optional().describe('Only codes that contain this text.'),
    }),
    hints: READS,
    call: (query) => ({ method: 'GET', path: '/coupons', query }),
  }),

  tool('get_coupon', {
    title: 'Get a coupon',
    description: 'Returns one coupon by id, with its affiliate. By code: list_coupons with coupon_code.',
    input: z.object({ id: couponId }),
    hints: READS,
    call: (input) => ({ method: 'GET', path: `/coupons/${input.id}` }),
  }),

  tool('create_coupon', {
    title: 'Create a coupon',
    description:
      'Gives an affiliate a coupon code: a sale that uses it is credited to them before any link they or others shared. ' +
      'With create_in_stripe the coupon and a promotion code customers can type are made at Stripe a few seconds later: a real discount, so confirm it with the user first. It needs a stored Stripe key and a code of letters, digits and hyphens. ' +
      'Without it no discount is made: name the id of one that is at Stripe or LemonSqueezy already. Returns the coupon.',
    input: z.object({
      affiliate_id: id('Whose coupon it is; the id from list_affiliates or get_affiliate_details.'),
      coupon_code: couponCode,
      ...providerIds,
      create_in_stripe: discount
        .optional()
        .describe('Makes the coupon at Stripe with this discount, instead of stripe_coupon_id: { "percent_off": 20 }.'),
      status: status.optional().describe('active if left out.'),
    }),
    hints: ADDS,
    call: (body) => ({ method: 'POST', path: '/coupons', body }),
  }),

  tool('update_coupon', {
    title: 'Update a coupon',
    description:
      'Changes a coupon; what is left out stays. Overwrites: a new affiliate_id gives the coming sales to somebody else, past ones stay. status "inactive" stops crediting and keeps the code: prefer it to delete_coupon. Returns the coupon.',
    input: z.object({
      id: couponId,
      affiliate_id: id('The new owner.').optional(),
      coupon_code: couponCode.optional(),
      ...providerIds,
      status: status.optional().describe('active: credits; inactive: does not.'),
    }),
    hints: CHANGES,
    call: ({ id: coupon, ...body }) => ({ method: 'PUT', path: `/coupons/${coupon}`, body }),
  }),

  tool('delete_coupon', {
    title: 'Delete a coupon',
    description:
      'DESTRUCTIVE, cannot be undone: removes a coupon, at Stripe too when a Stripe key is stored; sales that use the code are no longer credited by it, past ones stay. After the user confirmed it; to pause a code use update_coupon with status "inactive".',
    input: z.object({ id: couponId }),
    hints: DELETES,
    call: (input) => ({ method: 'DELETE', path: `/coupons/${input.id}` }),
    tell: (input) => `Deleted coupon ${input.id}.`,
  }),
]
