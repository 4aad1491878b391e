/** Conversions: signups, purchases and custom events, with what they earned. Spec: "Conversions". */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { type ConversionWithCommission, listConversions } from '../core/conversion-list.ts'
import { toMajor } from '../core/money.ts'
import { zodRoutes } from '../zod-routes.ts'
import { id, listOf, page, pageOf } from './shapes.ts'

const Conversion = z.object({
  id: z.number(),
  type: z.string(),
  affiliate_id: z.number().nullable(),
  referral_code: z.string().nullable(),
  referred_user_id: z.number().nullable(),
  /** The commission, major units; null when nothing was earned. */
  value: z.number().nullable(),
  base_value: z.number().nullable(),
  base_value_currency: z.string().nullable(),
  paid: z.boolean(),
  status: z.string(),
  created_at: z.string(),
  reference: z.string().nullable(),
  coupon_code_used: z.string().nullable(),
  url: z.string().nullable(),
})

/** An instant, or a day: then its first moment for `from`, its last for `to`. */
const moment = (ofDay: string) =>
  z
    .union(
      [z.iso.datetime({ offset: true }), z.iso.date()],
      'expected an ISO date such as 2026-11-20 or 2026-11-20T09:30:00Z',
    )
    .transform((text) => new Date(text.length === 10 ? text + ofDay : text).toISOString())

const Query = z.object({
  ...pageOf(50),
  type: z.string().max(64).optional(),
  affiliate_id: id.optional(),
  referred_user_id: id.optional(),
  paid: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  from: moment('T00:00:00.000Z').optional(),
  to: moment('T23:59:59.999Z').optional(),
})

export const conversionRoutes =
  ({ db }: Context) =>
  async (app: FastifyInstance) => {
    zodRoutes(app).get(
      '/conversions',
      {
        schema: {
          operationId: 'listConversions',
          summary: 'List conversions',
          tags: ['Conversions'],
          querystring: Query,
          response: { 200: listOf(Conversion) },
        },
      },
      async (request) => {
        const { rows, total } = await db
          .transaction()
          .execute((tx) => listConversions(tx, request.caller.projectId, request.query))
        return page(rows.map(show), total, request.query)
      },
    )
  }

function show(row: ConversionWithCommission): z.infer<typeof Conversion> {
  return {
    id: row.id,
    type: row.type,
    affiliate_id: row.affiliate_id,
    referral_code: row.referral_code,
    referred_user_id: row.referral_id,
    value:
      row.commission_amount === null || row.commission_currency === null
        ? null
        : toMajor(row.commission_amount, row.commission_currency),
    base_value: row.amount === null || row.currency === null ? null : toMajor(row.amount, row.currency),
    base_value_currency: row.currency,
    paid: false,
    status: row.status,
    created_at: row.created_at,
    reference: row.reference,
    coupon_code_used: row.coupon_code,
    url: row.url,
  }
}
