/** Payout requests: which affiliates asked to be paid. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { formatMinor } from '../core/kit/money.ts'
import { listPayoutRequests, type RequestWithAffiliate } from '../core/payout/request.ts'
import { zodRoutes } from '../zod-routes.ts'
import { listOf, page, pageOf } from './shapes.ts'
import { retried } from '../db/retried.ts'

const PayoutRequest = z.object({
  id: z.number(),
  affiliate_id: z.number(),
  affiliate_email: z.string(),
  /** What was eligible when he asked. */
  amount: z.string(),
  currency: z.string(),
  status: z.string(),
  /** null: he has no account any more. */
  method: z.string().nullable(),
  /** The account as it may be shown. */
  account: z.string().nullable(),
  created_at: z.string(),
  closed_at: z.string().nullable(),
})

const Query = z.object({
  ...pageOf(50),
  status: z.enum(['open', 'paid', 'withdrawn'], 'expected open, paid or withdrawn').optional(),
})

export const payoutRequestRoutes =
  ({ db }: Context) =>
  async (app: FastifyInstance) => {
    zodRoutes(app).get(
      '/payout-requests',
      {
        schema: {
          operationId: 'listPayoutRequests',
          summary: 'List payout requests',
          description:
            'Newest first. Recording a payout to the affiliate in the currency of his request closes it as paid; an affiliate who removes his account withdraws it.',
          tags: ['Payouts'],
          querystring: Query,
          response: { 200: listOf(PayoutRequest) },
        },
      },
      async (request) => {
        const found = await retried(db, (tx) => listPayoutRequests(tx, request.caller.projectId, request.query))
        return page(found, show, request.query)
      },
    )
  }

const show = (request: RequestWithAffiliate): z.infer<typeof PayoutRequest> => ({
  id: request.id,
  affiliate_id: request.affiliate_id,
  affiliate_email: request.affiliate_email,
  amount: formatMinor(request.amount, request.currency),
  currency: request.currency,
  status: request.status,
  method: request.method,
  account: request.account,
  created_at: request.created_at,
  closed_at: request.closed_at,
})

/** The command line prints the same. */
export { show as showPayoutRequest }
