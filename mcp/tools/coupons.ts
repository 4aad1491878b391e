/** Coupons: codes affiliates hand out. */
import { z } from 'zod'
import { ADDS, CHANGES, DELETES, id, pageInput, READS, type Tool, tool } from '../tool.ts'

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
      'Gives an affiliate a coupon code: a sale that uses it is credited to him before any link he or others shared. Makes no discount at the payment provider; create that there and name its id here. Returns the coupon.',
    input: z.object({
      affiliate_id: id('Whose coupon it is; the id from list_affiliates or get_affiliate_details.'),
      coupon_code: couponCode,
      ...providerIds,
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
      'DESTRUCTIVE, cannot be undone: removes a coupon; sales that use the code are no longer credited by it, past ones stay. After the user confirmed it; to pause a code use update_coupon with status "inactive".',
    input: z.object({ id: couponId }),
    hints: DELETES,
    call: (input) => ({ method: 'DELETE', path: `/coupons/${input.id}` }),
    tell: (input) => `Deleted coupon ${input.id}.`,
  }),
]
