/** The payment providers of a project: what to paste and tick at each, and whether its events come. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { checkProvider, listProviders } from '../providers/check.ts'
import { PROVIDER_NAMES } from '../providers/registry.ts'
import { zodRoutes } from '../zod-routes.ts'
import { ok } from './shapes.ts'

const provider = z.enum(PROVIDER_NAMES, `expected one of ${PROVIDER_NAMES.join(', ')}`)

const Provider = z.object({
  provider,
  connected: z.boolean(),
  /** What to paste at the provider, and where. */
  address: z.string(),
  where: z.string(),
  /** What to tick there. */
  events: z.array(z.string()),
  /** A key for the provider's API is stored. */
  api_key: z.boolean(),
  /** A live event came: test events are ignored from then on. */
  live: z.boolean(),
  last_event_at: z.string().nullable(),
})

/** Sentences; none: everything is as it should be. */
const Checked = Provider.extend({ problems: z.array(z.string()) })

const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['Payment providers'] })

export const providerRoutes = (context: Context) => async (app: FastifyInstance) => {
  const api = zodRoutes(app)

  api.get(
    '/providers',
    {
      schema: {
        ...about('listProviders', 'List payment providers with the address and events for each'),
        response: { 200: ok(z.array(Provider)) },
      },
    },
    async (request) => ({ success: true as const, data: await listProviders(context, request.caller.projectId) }),
  )

  api.get(
    '/providers/:provider/check',
    {
      schema: {
        ...about('checkProvider', 'Check what is missing for a payment provider'),
        description: "Asks Stripe for its webhook endpoint when a key is stored; the others' endpoints cannot be seen.",
        params: z.object({ provider }),
        response: { 200: ok(Checked) },
      },
    },
    async (request) => ({
      success: true as const,
      data: await checkProvider(context, request.caller.projectId, request.params.provider),
    }),
  )
}
