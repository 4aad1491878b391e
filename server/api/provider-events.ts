/** The inbox: what payment providers sent, and what became of it. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { explain } from '../core/conversion/explanation.ts'
import { getInboxEvent, INBOX_STATUSES, listInbox, reopenEvent } from '../core/payment/inbox-list.ts'
import { PROVIDER_NAMES } from '../providers/registry.ts'
import { processStoredEvent } from '../providers/intake.ts'
import { keyFirst } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { id, listOf, ok, page, pageOf } from './shapes.ts'
import { retried } from '../db/retried.ts'

const ProviderEvent = z.object({
  id: z.number(),
  provider: z.string(),
  /** The provider's own id of the event. */
  event_id: z.string(),
  type: z.string(),
  status: z.enum(INBOX_STATUSES),
  attempts: z.number(),
  /** Why it failed, waits or was ignored. */
  error: z.string().nullable(),
  next_attempt_at: z.string().nullable(),
  conversion_id: z.number().nullable(),
  received_at: z.string(),
})

const Whole = ProviderEvent.extend({
  payload: z.string().describe('As the provider sent it; redacted once a person in it was erased'),
  payload_hash: z
    .string()
    .describe('SHA-256 of what the provider sent, hexadecimal; it stays when the payload is redacted'),
  redacted_at: z
    .string()
    .nullable()
    .describe('When a person was last taken out of the payload; null: it is as it was sent'),
  /** Why the sale it told is whose it is, in sentences. */
  explanation: z.array(z.string()).nullable(),
})

const Query = z.object({
  ...pageOf(50),
  status: z.enum(INBOX_STATUSES, `expected one of ${INBOX_STATUSES.join(', ')}`).optional(),
  provider: z.enum(PROVIDER_NAMES, `expected one of ${PROVIDER_NAMES.join(', ')}`).optional(),
})

const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['Provider events'] })
const params = z.object({ id })

export const providerEventRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock } = context
  const api = zodRoutes(app)

  api.get(
    '/provider-events',
    {
      schema: {
        ...about('listProviderEvents', 'List what payment providers sent'),
        querystring: Query,
        response: { 200: listOf(ProviderEvent) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) => listInbox(tx, request.caller.projectId, request.query))
      return page(found, (row) => row, request.query)
    },
  )

  const read = (projectId: number, eventId: number) =>
    retried(db, async (tx) => {
      const { decision, ...event } = await getInboxEvent(tx, projectId, eventId)
      const settled = { status: 'approved' as const, status_reason: null }
      return { ...event, explanation: decision && explain(settled, decision) }
    })

  api.get(
    '/provider-events/:id',
    {
      schema: {
        ...about('getProviderEvent', 'Get a provider event with its payload and decision'),
        params,
        response: { 200: ok(Whole) },
      },
    },
    async (request) => ({
      success: true as const,
      data: await read(request.caller.projectId, request.params.id),
    }),
  )

  api.post(
    '/provider-events/:id/replay',
    {
      schema: {
        ...about('replayProviderEvent', 'Process a provider event again'),
        description: 'What it tells counts once, however often it is told.',
        params,
        response: { 200: ok(Whole) },
      },
      // The provider may be asked, and what is told twice counts once.
      preHandler: keyFirst(context),
    },
    async (request) => {
      const { projectId } = request.caller
      await retried(db, (tx) => reopenEvent(tx, projectId, request.params.id, clock.now()))
      await processStoredEvent(context, request.params.id)
      return { success: true as const, data: await read(projectId, request.params.id) }
    },
  )
}
