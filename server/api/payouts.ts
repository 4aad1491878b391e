/** Payouts: money that left for affiliates. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { rowId } from '../core/kit/lenient.ts'
import { formatMinor, parseCurrency, toMinor } from '../core/kit/money.ts'
import { getPayout, listPayouts, type PayoutWithAffiliate } from '../core/payout/list.ts'
import { createPayout, reversePayout } from '../core/payout/payout.ts'
import { getProject } from '../core/project/project.ts'
import { requireRightClock } from '../right-clock.ts'
import { once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { id, listOf, money, ok, page, pageOf } from './shapes.ts'
import { retried } from '../db/retried.ts'

const Payout = z.object({
  id: z.number(),
  affiliate_id: z.number(),
  /** null once he was deleted. */
  affiliate_email: z.string().nullable(),
  amount: z.string(),
  currency: z.string(),
  method: z.string(),
  status: z.string(),
  note: z.string().nullable(),
  created_at: z.string(),
  reversed_at: z.string().nullable(),
})

const Query = z.object({
  ...pageOf(50),
  affiliate_id: id.optional(),
  status: z.enum(['paid', 'reversed'], 'expected paid or reversed').optional(),
})

const NewPayout = z.object({
  affiliate_id: rowId,
  amount: money.optional(),
  currency: z.string().max(20).optional(),
  method: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, hyphens or underscores')
    .optional(),
  note: z.string().max(1000).nullish(),
})

const tags = ['Payouts']
const params = z.object({ id })

export const payoutRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock } = context
  const api = zodRoutes(app)

  api.get(
    '/payouts',
    {
      schema: {
        operationId: 'listPayouts',
        summary: 'List payouts',
        tags,
        querystring: Query,
        response: { 200: listOf(Payout) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) => listPayouts(tx, request.caller.projectId, request.query))
      return page(found, show, request.query)
    },
  )

  api.post(
    '/payouts',
    {
      preHandler: requireRightClock,
      schema: {
        operationId: 'createPayout',
        summary: 'Record a payout',
        description: 'Money that was paid by hand: all that is eligible, unless an amount is given. Held money waits.',
        tags,
        body: NewPayout,
        response: { 201: ok(Payout) },
      },
    },
    async (request, reply) =>
      once(context, request, reply.code(201), async (tx) => {
        const { projectId } = request.caller
        const project = await getProject(tx, projectId)
        const currency = parseCurrency(request.body.currency ?? project.currency)
        const { amount: given } = request.body
        const amount = given === undefined ? undefined : toMinor(given, currency)
        const { id } = await createPayout(tx, project, { ...request.body, currency, amount }, clock.now())
        return { success: true as const, data: show(await getPayout(tx, projectId, id)) }
      }),
  )

  api.get(
    '/payouts/:id',
    {
      schema: {
        operationId: 'getPayout',
        summary: 'Retrieve a payout',
        tags,
        params,
        response: { 200: ok(Payout) },
      },
    },
    async (request) => {
      const payout = await retried(db, (tx) => getPayout(tx, request.caller.projectId, request.params.id))
      return { success: true as const, data: show(payout) }
    },
  )

  api.post(
    '/payouts/:id/reverse',
    {
      schema: {
        operationId: 'reversePayout',
        summary: 'Reverse a payout',
        description: 'The money came back, or never left: it is owed again.',
        tags,
        params,
        response: { 200: ok(Payout) },
      },
    },
    async (request, reply) =>
      once(context, request, reply, async (tx) => {
        const { projectId } = request.caller
        await reversePayout(tx, await getProject(tx, projectId), request.params.id, clock.now())
        return { success: true as const, data: show(await getPayout(tx, projectId, request.params.id)) }
      }),
  )
}

const show = (payout: PayoutWithAffiliate): z.infer<typeof Payout> => ({
  id: payout.id,
  affiliate_id: payout.affiliate_id,
  affiliate_email: payout.affiliate_email,
  amount: formatMinor(payout.amount, payout.currency),
  currency: payout.currency,
  method: payout.method,
  status: payout.status,
  note: payout.note,
  created_at: payout.created_at,
  reversed_at: payout.reversed_at,
})

/** The command line prints the same. */
export { show as showPayout }
