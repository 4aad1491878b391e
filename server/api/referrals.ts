/** Referrals: the people affiliates brought. Spec: "Referrals". */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { deleteReferral } from '../core/erasure/delete.ts'
import { rowId } from '../core/kit/lenient.ts'
import { getProject } from '../core/project/project.ts'
import { changeReferral, createReferral, getReferral } from '../core/conversion/referral-record.ts'
import { listReferrals, type ReferralWithCode } from '../core/conversion/referral.ts'
import { once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { changeOf, email, id, listOf, ok, page, pageOf, person } from './shapes.ts'
import { retried } from '../db/retried.ts'

export const Referral = z.object({
  id: z.number(),
  user_email: z.string(),
  conversion_status: z.string(),
  conversion_date: z.string().nullable(),
  created_at: z.string(),
  affiliate_id: z.number().nullable(),
  affiliate_code: z.string().nullable(),
})

const status = z.enum(
  ['pending', 'converted', 'direct', 'direct_signup'],
  'expected pending, converted, direct or direct_signup',
)
const affiliate_id = rowId.nullable()

const Query = z.object({ ...pageOf(20), affiliate_id: id.optional(), status: status.optional() })
const NewReferral = z.object({ email, affiliate_id: affiliate_id.optional(), status: status.default('pending') })
const Change = changeOf({ email, affiliate_id, status })

const tags = ['Referrals']
const params = z.object({ email: person })

export const referralRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock } = context
  const api = zodRoutes(app)

  api.get(
    '/referrals',
    {
      schema: {
        operationId: 'listReferrals',
        summary: 'List referrals',
        tags,
        querystring: Query,
        response: { 200: listOf(Referral) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) => listReferrals(tx, request.caller.projectId, request.query))
      return page(found, showReferral, request.query)
    },
  )

  api.post(
    '/referrals',
    {
      schema: {
        operationId: 'createReferral',
        summary: 'Create a referral',
        description: 'Tracking does this by itself; by hand it attributes a person to an affiliate.',
        tags,
        body: NewReferral,
        response: { 201: ok(Referral) },
      },
    },
    async (request, reply) =>
      once(context, request, reply.code(201), async (tx) => {
        const referral = await createReferral(tx, request.caller.projectId, request.body, clock.now())
        return { success: true as const, data: showReferral(referral) }
      }),
  )

  api.get(
    '/referrals/:email',
    {
      schema: {
        operationId: 'getReferral',
        summary: 'Retrieve a referral',
        tags,
        params,
        response: { 200: ok(Referral) },
      },
    },
    async (request) => {
      const referral = await retried(db, (tx) => getReferral(tx, request.caller.projectId, request.params.email))
      return { success: true as const, data: showReferral(referral) }
    },
  )

  api.put(
    '/referrals/:email',
    {
      schema: {
        operationId: 'updateReferral',
        summary: 'Update a referral',
        description: 'Changes the fields that are given; affiliate_id null makes the person nobody’s.',
        tags,
        params,
        body: Change,
        response: { 200: ok(Referral) },
      },
    },
    async (request) => {
      const referral = await retried(db, (tx) =>
        changeReferral(tx, request.caller.projectId, request.params.email, request.body, clock.now()),
      )
      return { success: true as const, data: showReferral(referral) }
    },
  )

  api.delete(
    '/referrals/:email',
    {
      schema: {
        operationId: 'deleteReferral',
        summary: 'Delete a referral',
        description:
          'Cannot be undone: personal data is erased, within seconds also from the events of payment providers, and the commissions on the conversions are taken back.',
        tags,
        params,
      },
    },
    async (request, reply) => {
      const { projectId } = request.caller
      await retried(db, async (tx) => {
        const referral = await getReferral(tx, projectId, request.params.email)
        await deleteReferral(tx, await getProject(tx, projectId), referral, clock.now())
      })
      return reply.code(204).send()
    },
  )
}

export const showReferral = (referral: ReferralWithCode): z.infer<typeof Referral> => ({
  id: referral.id,
  user_email: referral.email,
  conversion_status: referral.status,
  conversion_date: referral.conversion_date,
  created_at: referral.created_at,
  affiliate_id: referral.affiliate_id,
  affiliate_code: referral.affiliate_code,
})
