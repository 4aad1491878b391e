/** Referrals: the people affiliates brought. Spec: "Referrals". */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { listReferrals } from '../core/referral.ts'
import { zodRoutes } from '../zod-routes.ts'
import { id, listOf, page, pageOf } from './shapes.ts'

const Referral = z.object({
  id: z.number(),
  user_email: z.string(),
  conversion_status: z.string(),
  conversion_date: z.string().nullable(),
  created_at: z.string(),
  affiliate_id: z.number().nullable(),
  affiliate_code: z.string().nullable(),
})

const Query = z.object({
  ...pageOf(20),
  affiliate_id: id.optional(),
  status: z.enum(['pending', 'converted', 'direct', 'direct_signup']).optional(),
})

export const referralRoutes =
  ({ db }: Context) =>
  async (app: FastifyInstance) => {
    zodRoutes(app).get(
      '/referrals',
      {
        schema: {
          operationId: 'listReferrals',
          summary: 'List referrals',
          tags: ['Referrals'],
          querystring: Query,
          response: { 200: listOf(Referral) },
        },
      },
      async (request) => {
        const { rows, total } = await db
          .transaction()
          .execute((tx) => listReferrals(tx, request.caller.projectId, request.query))
        const data = rows.map((row) => ({
          id: row.id,
          user_email: row.email,
          conversion_status: row.status,
          conversion_date: row.conversion_date,
          created_at: row.created_at,
          affiliate_id: row.affiliate_id,
          affiliate_code: row.affiliate_code,
        }))
        return page(data, total, request.query)
      },
    )
  }
