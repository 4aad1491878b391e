/** Affiliates: the people who refer, with what they brought and earned. Spec: "Affiliates". */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { type AffiliateWithStats, createAffiliate, getAffiliateWithStats, listAffiliates } from '../core/affiliate.ts'
import { formatMinor } from '../core/money.ts'
import { getProject } from '../core/project.ts'
import { REFERRAL_CODE, REFERRAL_CODE_EXPECTED } from '../core/referral-code.ts'
import { zodRoutes } from '../zod-routes.ts'
import { listOf, ok, page, pageOf } from './shapes.ts'

const email = z.email('expected an e-mail address').max(254)

const NewAffiliate = z.object({
  email,
  referral_code: z.string().regex(REFERRAL_CODE, `expected ${REFERRAL_CODE_EXPECTED}`).optional(),
})

const Created = z.object({
  id: z.number(),
  user_email: z.string(),
  referral_code: z.string(),
  partner_slug: z.string(),
  unpaid_earnings: z.null(),
  total_earnings: z.null(),
  created_at: z.string(),
  status: z.string(),
})

const Affiliate = Created.omit({ unpaid_earnings: true, total_earnings: true }).extend({
  clicks: z.number(),
  signups: z.number(),
  purchases: z.number(),
  unpaid_earnings: z.string(),
  total_earnings: z.string(),
  eligible_earnings: z.string(),
  held_earnings: z.string(),
  paid_earnings: z.string(),
  next_release_date: z.string().nullable(),
  /** Earnings are in this currency; what was earned in others stands in `balances`. */
  currency: z.string(),
  balances: z.array(
    z.object({ currency: z.string(), total: z.string(), eligible: z.string(), held: z.string(), paid: z.string() }),
  ),
})

const Query = z.object({
  ...pageOf(20),
  status: z.enum(['active', 'inactive', 'pending']).optional(),
  email: z.string().max(254).optional(),
})

export const affiliateRoutes =
  ({ db, clock }: Context) =>
  async (app: FastifyInstance) => {
    const api = zodRoutes(app)

    api.get(
      '/affiliates',
      {
        schema: {
          operationId: 'listAffiliates',
          summary: 'List affiliates',
          tags: ['Affiliates'],
          querystring: Query,
          response: { 200: listOf(Affiliate) },
        },
      },
      async (request) => {
        const { projectId } = request.caller
        const { rows, total, currency } = await db.transaction().execute(async (tx) => ({
          ...(await listAffiliates(tx, projectId, request.query, clock.now())),
          currency: (await getProject(tx, projectId)).currency,
        }))
        return page(
          rows.map((row) => show(row, currency)),
          total,
          request.query,
        )
      },
    )

    api.post(
      '/affiliates',
      {
        schema: {
          operationId: 'createAffiliate',
          summary: 'Create an affiliate',
          description: 'E-mail and referral code are unique in a project; without a code one is made.',
          tags: ['Affiliates'],
          body: NewAffiliate,
          response: { 201: ok(Created) },
        },
      },
      async (request, reply) => {
        const affiliate = await db
          .transaction()
          .execute((tx) => createAffiliate(tx, request.caller.projectId, request.body, clock.now()))
        return reply
          .code(201)
          .send({ success: true, data: { ...identity(affiliate), unpaid_earnings: null, total_earnings: null } })
      },
    )

    api.get(
      '/affiliates/:email',
      {
        schema: {
          operationId: 'getAffiliate',
          summary: 'Retrieve an affiliate',
          tags: ['Affiliates'],
          params: z.object({ email }),
          response: { 200: ok(Affiliate) },
        },
      },
      async (request) => {
        const { projectId } = request.caller
        const data = await db
          .transaction()
          .execute(async (tx) =>
            show(
              await getAffiliateWithStats(tx, projectId, request.params.email, clock.now()),
              (await getProject(tx, projectId)).currency,
            ),
          )
        return { success: true as const, data }
      },
    )
  }

const identity = ({
  id,
  email: user_email,
  referral_code,
  created_at,
  status,
}: {
  id: number
  email: string
  referral_code: string
  created_at: string
  status: string
}) => ({ id, user_email, referral_code, partner_slug: referral_code, created_at, status })

function show(affiliate: AffiliateWithStats, currency: string): z.infer<typeof Affiliate> {
  const own = affiliate.balances.find((balance) => balance.currency === currency)
  const money = (amount = 0) => formatMinor(amount, currency)
  return {
    ...identity(affiliate),
    clicks: affiliate.clicks,
    signups: affiliate.signups,
    purchases: affiliate.purchases,
    unpaid_earnings: money(own && own.eligible + own.held),
    total_earnings: money(own?.total),
    eligible_earnings: money(own?.eligible),
    held_earnings: money(own?.held),
    paid_earnings: money(own?.paid),
    next_release_date: own?.next_release?.at ?? null,
    currency,
    balances: affiliate.balances.map((balance) => ({
      currency: balance.currency,
      total: formatMinor(balance.total, balance.currency),
      eligible: formatMinor(balance.eligible, balance.currency),
      held: formatMinor(balance.held, balance.currency),
      paid: formatMinor(balance.paid, balance.currency),
    })),
  }
}
