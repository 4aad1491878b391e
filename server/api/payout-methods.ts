/** Where an affiliate's payouts go, in full, for who pays. */
import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { getAffiliate } from '../core/affiliate/affiliate.ts'
import { DomainError } from '../core/kit/errors.ts'
import { findPayoutMethod, type PayoutMethodDetails } from '../core/payout/method.ts'
import { failure } from '../errors.ts'
import { zodRoutes } from '../zod-routes.ts'
import { ok, person } from './shapes.ts'
import { retried } from '../db/retried.ts'

const PayoutMethod = z.object({
  affiliate_id: z.number(),
  kind: z.enum(['paypal', 'wise', 'bank', 'other']),
  /** Of a PayPal or Wise account. */
  email: z.string().nullable(),
  /** Of a bank account. */
  holder: z.string().nullable(),
  /** IBAN or account number. */
  account: z.string().nullable(),
  bic: z.string().nullable(),
  /** What he wrote, where the kind is other. */
  text: z.string().nullable(),
  updated_at: z.string(),
})

export const payoutMethodRoutes =
  ({ db, sealer }: Context) =>
  async (app: FastifyInstance) => {
    zodRoutes(app).get(
      '/affiliates/:email/payout-method',
      {
        schema: {
          operationId: 'getPayoutMethod',
          summary: "Retrieve an affiliate's payout method",
          description:
            'In full, so that he can be paid; therefore it needs the scope write. Everywhere else account numbers are masked.',
          tags: ['Payouts'],
          params: z.object({ email: person }),
          response: { 200: ok(PayoutMethod) },
        },
        onRequest: refuseReaders,
      },
      async (request, reply) => {
        const method = await retried(db, async (tx) => {
          const { projectId } = request.caller
          const { id } = await getAffiliate(tx, projectId, request.params.email)
          const found = await findPayoutMethod(tx, projectId, id)
          if (!found) throw new DomainError('payout_method_not_found', 'The affiliate has named no account')
          return found
        })
        const details = JSON.parse(sealer.open(method.sealed)) as PayoutMethodDetails
        reply.header('cache-control', 'no-store')
        const data = { ...EMPTY, ...details, affiliate_id: method.affiliate_id, updated_at: method.updated_at }
        return { success: true as const, data }
      },
    )
  }

/** A key that only reads statistics opens no accounts. */
const refuseReaders: onRequestHookHandler = (request, reply, done) => {
  if (request.caller.scopes.includes('write')) return done()
  reply.code(403).send(failure('forbidden', 'This API key lacks the scope "write"'))
}

const EMPTY = { email: null, holder: null, account: null, bic: null, text: null }
