/** Coupons: codes an affiliate hands out; a purchase that uses one is his. Spec: "Coupons". */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import {
  changeCoupon,
  createCoupon,
  deleteCoupon,
  getCoupon,
  listCoupons,
  type NewCoupon as CouponToMake,
} from '../core/affiliate/coupon.ts'
import { numeric, rowId } from '../core/kit/lenient.ts'
import { once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { parseCurrency, toMinor } from '../core/kit/money.ts'
import { changeOf, id, listOf, money, ok, page, pageOf } from './shapes.ts'
import { retried } from '../db/retried.ts'

const status = z.enum(['active', 'inactive'], 'expected active or inactive')
const providerCode = z.string().trim().min(1, 'expected a code, or null for none').max(255).nullable()

const fields = {
  affiliate_id: rowId,
  coupon_code: z.string().regex(/^[A-Za-z0-9_-]{3,64}$/, 'expected 3 to 64 letters, digits, hyphens or underscores'),
  stripe_coupon_id: providerCode,
  lemonsqueezy_discount_code: providerCode,
  status,
}

const ONE = 'expected either percent_off, or amount_off and currency'

/** What the code takes off at Stripe. */
const Discount = z
  .object({
    percent_off: numeric(
      z.number('expected a number').positive('expected more than 0').max(100, 'expected at most 100'),
    ).optional(),
    amount_off: money.optional(),
    currency: z.string().length(3, 'expected a currency such as USD').optional(),
    duration: z.enum(['once', 'forever', 'repeating'], 'expected once, forever or repeating').default('once'),
    duration_in_months: numeric(z.int('expected a whole number').min(1, 'expected at least 1').max(120)).optional(),
  })
  .refine(({ percent_off, amount_off }) => (percent_off === undefined) !== (amount_off === undefined), ONE)
  .refine(({ amount_off, currency }) => (amount_off === undefined) === (currency === undefined), ONE)
  .refine(
    ({ duration, duration_in_months: months }) => (duration === 'repeating') === (months !== undefined),
    'expected duration_in_months with duration repeating, and only then',
  )
  .meta({ examples: [{ percent_off: 20, duration: 'once' }] })

const NewCoupon = z.object({
  ...fields,
  stripe_coupon_id: providerCode.optional(),
  lemonsqueezy_discount_code: providerCode.optional(),
  status: status.default('active'),
  /** Instead of stripe_coupon_id. */
  create_in_stripe: Discount.optional(),
})
const Change = changeOf(fields)

const Coupon = z.object({
  id: z.number(),
  project_id: z.number(),
  affiliate_id: z.number(),
  coupon_code: z.string(),
  stripe_coupon_id: z.string().nullable(),
  lemonsqueezy_discount_code: z.string().nullable(),
  status: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  affiliate_email: z.string(),
  affiliate_referral_code: z.string().nullable(),
})

const Query = z.object({
  ...pageOf(50),
  status: status.optional(),
  affiliate_id: id.optional(),
  coupon_code: z.string().max(64).optional(),
})

const tags = ['Coupons']
const params = z.object({ id })

export const couponRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock } = context
  const api = zodRoutes(app)

  api.get(
    '/coupons',
    {
      schema: {
        operationId: 'listCoupons',
        summary: 'List coupons',
        description: '`coupon_code` finds any part of the code, without case.',
        tags,
        querystring: Query,
        response: { 200: listOf(Coupon) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) => listCoupons(tx, request.caller.projectId, request.query))
      return page(found, (row) => row, request.query)
    },
  )

  api.post(
    '/coupons',
    {
      schema: {
        operationId: 'createCoupon',
        summary: 'Create a coupon',
        description:
          'A code belongs to one affiliate, as coupon and as referral code, in every spelling. `create_in_stripe` makes the coupon and its promotion code at Stripe a few seconds later and needs a stored key; what Stripe refuses is told by the check of the provider.',
        tags,
        body: NewCoupon,
        response: { 201: ok(Coupon) },
      },
    },
    async (request, reply) =>
      once(context, request, reply.code(201), async (tx) => {
        const coupon = inMinorUnits(request.body)
        return { success: true as const, data: await createCoupon(tx, request.caller.projectId, coupon, clock.now()) }
      }),
  )

  api.get(
    '/coupons/:id',
    {
      schema: {
        operationId: 'getCoupon',
        summary: 'Retrieve a coupon',
        tags,
        params,
        response: { 200: ok(Coupon) },
      },
    },
    async (request) => {
      const data = await retried(db, (tx) => getCoupon(tx, request.caller.projectId, request.params.id))
      return { success: true as const, data }
    },
  )

  api.put(
    '/coupons/:id',
    {
      schema: {
        operationId: 'updateCoupon',
        summary: 'Update a coupon',
        description: 'Changes the fields that are given.',
        tags,
        params,
        body: Change,
        response: { 200: ok(Coupon) },
      },
    },
    async (request) => {
      const data = await retried(db, (tx) =>
        changeCoupon(tx, request.caller.projectId, request.params.id, request.body, clock.now()),
      )
      return { success: true as const, data }
    },
  )

  api.delete(
    '/coupons/:id',
    {
      schema: {
        operationId: 'deleteCoupon',
        summary: 'Delete a coupon',
        description:
          'Cannot be undone. Purchases made with it keep their commission. At Stripe the coupon is deleted too when a key is stored; one that several coupons share loses only this code. At Lemon Squeezy it stays.',
        tags,
        params,
      },
    },
    async (request, reply) => {
      await retried(db, (tx) => deleteCoupon(tx, request.caller.projectId, request.params.id, clock.now()))
      return reply.code(204).send()
    },
  )
}

function inMinorUnits({ create_in_stripe: discount, ...coupon }: z.infer<typeof NewCoupon>): CouponToMake {
  if (discount?.amount_off === undefined || discount.currency === undefined)
    return { ...coupon, create_in_stripe: discount && { ...discount, amount_off: undefined } }
  const currency = parseCurrency(discount.currency)
  return { ...coupon, create_in_stripe: { ...discount, currency, amount_off: toMinor(discount.amount_off, currency) } }
}
