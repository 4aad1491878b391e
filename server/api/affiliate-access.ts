/** Who comes in: invitations to join, and the browsers an affiliate is logged in on. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { revokeSessions } from '../core/affiliate/session.ts'
import { getAffiliate } from '../core/affiliate/affiliate.ts'
import { makeInvitation } from '../core/affiliate/invitation.ts'
import { orNone } from '../core/kit/lenient.ts'
import { getProject } from '../core/project/project.ts'
import { once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { email, ok, person } from './shapes.ts'
import { retried } from '../db/retried.ts'

const Invitation = z.object({
  token: z.string(),
  url: z
    .string()
    .nullable()
    .describe(
      'null where visitors are signed by your own page and `dashboard_url` is not set: add `?refgrow_invite=TOKEN` to it',
    ),
  email: z.string().nullable(),
  expires_at: z.string(),
})

const tags = ['Affiliates']

export const affiliateAccessRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { config, db, clock, sealer } = context
  const api = zodRoutes(app)

  api.post(
    '/invitations',
    {
      schema: {
        operationId: 'createInvitation',
        summary: 'Invite to join',
        description:
          'A link that lets one address join, or without `email` whoever has it, for 30 days. Who is invited needs no approval.',
        tags,
        body: z.object({ email: orNone(email) }).nullish(),
        response: { 201: ok(Invitation) },
      },
    },
    async (request, reply) =>
      once(context, request, reply.code(201), async (tx) => {
        const project = await getProject(tx, request.caller.projectId)
        const to = request.body?.email ?? null
        const by = { sign: sealer.sign, publicUrl: config.publicUrl }
        return { success: true as const, data: makeInvitation(project, to, by, clock.now()) }
      }),
  )

  api.delete(
    '/affiliates/:email/sessions',
    {
      schema: {
        operationId: 'revokeAffiliateSessions',
        summary: 'Log an affiliate out',
        description: 'On every browser he logged in on with a code; a code on its way to him opens nothing either.',
        tags,
        params: z.object({ email: person }),
      },
    },
    async (request, reply) => {
      await retried(db, async (tx) => {
        const { id } = await getAffiliate(tx, request.caller.projectId, request.params.email)
        await revokeSessions(tx, id, clock.now())
      })
      return reply.code(204).send()
    },
  )
}
