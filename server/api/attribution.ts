/** Attribution told by the company's own server, and what is known of a Stripe customer. Spec: "Stripe Customer Referral Info". */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { findAffiliate } from '../core/affiliate/affiliate.ts'
import { DomainError } from '../core/kit/errors.ts'
import { orNone } from '../core/kit/lenient.ts'
import { referralCode } from '../core/affiliate/code.ts'
import { referralOfCustomer } from '../core/payment/provider-id.ts'
import { REFERRAL_CODE_EXPECTED } from '../core/affiliate/code.ts'
import { storeAttribution } from '../core/conversion/store-attribution.ts'
import { once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { showReferral, Referral } from './referrals.ts'
import { email, id, ok } from './shapes.ts'
import { retried } from '../db/retried.ts'

const tags = ['Attribution']

/** Stands at `/api/v1` and, for published clients, at `/api`. */
export const attributionRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { clock } = context
  zodRoutes(app).post(
    '/store-attribution',
    {
      schema: {
        operationId: app.prefix === '/api/v1' ? 'storeAttribution' : 'storeAttributionAtRoot',
        summary: 'Store whose a person is',
        description:
          'The first attribution wins and stays. Asked again it changes nothing; somebody who bought before keeps what they have. An empty referral_code is none: nothing is stored.',
        tags,
        body: z.object({
          email,
          referral_code: orNone(referralCode).nonoptional(`expected ${REFERRAL_CODE_EXPECTED}`),
        }),
        response: { 200: z.object({ success: z.literal(true), hint: z.string().optional() }) },
      },
    },
    async (request, reply) => {
      const { email, referral_code } = request.body
      // What a shop sends for a customer who came without a link.
      if (referral_code === null)
        return { success: true as const, hint: 'referral_code is empty: nobody is credited, nothing was stored' }
      return once(context, request, reply, async (tx) => {
        await storeAttribution(tx, request.caller.projectId, { email, referral_code }, clock.now())
        return { success: true as const }
      })
    },
  )
}

const CustomerInfo = z.object({
  stripe_customer_id: z.string(),
  referral_code: z.string().nullable(),
  referral: Referral,
  affiliate: z.object({ id: z.number(), user_email: z.string(), referral_code: z.string() }).nullable(),
})

export const stripeCustomerRoutes =
  ({ db }: Context) =>
  async (app: FastifyInstance) => {
    zodRoutes(app).get(
      '/projects/:projectId/stripe-customer-referral-info/:stripeCustomerId',
      {
        schema: {
          operationId: 'getStripeCustomerReferralInfo',
          summary: 'Retrieve who referred a Stripe customer',
          tags,
          params: z.object({ projectId: id, stripeCustomerId: z.string().min(1).max(255) }),
          response: { 200: ok(CustomerInfo) },
        },
      },
      async (request) => {
        const { projectId, stripeCustomerId } = request.params
        if (projectId !== request.caller.projectId)
          throw new DomainError('project_not_found', `No project ${projectId} for this API key`)
        const data = await retried(db, async (tx) => {
          const referral = await referralOfCustomer(tx, projectId, 'stripe', stripeCustomerId)
          const affiliate = referral.affiliate_id
            ? await findAffiliate(tx, projectId, referral.affiliate_id)
            : undefined
          return {
            stripe_customer_id: stripeCustomerId,
            referral_code: affiliate?.referral_code ?? null,
            referral: showReferral(referral),
            affiliate: affiliate
              ? { id: affiliate.id, user_email: affiliate.email, referral_code: affiliate.referral_code }
              : null,
          }
        })
        return { success: true as const, data }
      },
    )
  }
