/** What was sent to a webhook: each delivery with its attempts, and sending it again. docs/webhooks.md */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { getDelivery, listDeliveries, replayDelivery } from '../core/news/delivery.ts'
import type { WebhookAttempt, WebhookDelivery } from '../db/schema.ts'
import { once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { id, listOf, ok, page, pageOf } from './shapes.ts'
import { retried } from '../db/retried.ts'

const Delivery = z.object({
  id: z.number().describe('X-Refgrow-Delivery'),
  webhook_id: z.number(),
  event: z.string(),
  event_id: z.string().describe("The body's id"),
  status: z.string(),
  attempts: z.number().describe('Since it was queued, or last replayed'),
  next_attempt_at: z.string().nullable(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
})

const Attempt = z.object({
  at: z.string(),
  request_headers: z.record(z.string(), z.string()).describe('Signatures are cut'),
  response_status: z.number().nullable(),
  response_body: z.string().nullable().describe('The first 4 KB'),
  latency_ms: z.number(),
  error: z.string().nullable().describe('Why there is no whole answer'),
})

export const DeliveryWithLog = Delivery.extend({ request_body: z.string(), log: z.array(Attempt) })

const tags = ['Webhooks']
const params = z.object({ id })

export const webhookDeliveryRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock } = context
  const api = zodRoutes(app)

  api.get(
    '/webhooks/:id/deliveries',
    {
      schema: {
        operationId: 'listWebhookDeliveries',
        summary: "List a webhook's deliveries",
        description: 'Newest first.',
        tags,
        params,
        querystring: z.object({ ...pageOf(50), status: z.enum(['pending', 'delivered', 'failed']).optional() }),
        response: { 200: listOf(Delivery) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) =>
        listDeliveries(tx, request.caller.projectId, request.params.id, request.query),
      )
      return page(found, show, request.query)
    },
  )

  api.get(
    '/webhooks/deliveries/:id',
    {
      schema: {
        operationId: 'getWebhookDelivery',
        summary: 'Retrieve a delivery with its attempts',
        tags,
        params,
        response: { 200: ok(DeliveryWithLog) },
      },
    },
    async (request) => {
      const { delivery, attempts } = await retried(db, (tx) =>
        getDelivery(tx, request.caller.projectId, request.params.id),
      )
      return { success: true as const, data: showWithLog(delivery, attempts) }
    },
  )

  api.post(
    '/webhooks/deliveries/:id/replay',
    {
      schema: {
        operationId: 'replayWebhookDelivery',
        summary: 'Send a delivery again',
        description: 'At once, with the same id and body, and from the start of the schedule.',
        tags,
        params,
        response: { 200: ok(Delivery) },
      },
    },
    async (request, reply) =>
      once(context, request, reply, async (tx) => {
        const row = await replayDelivery(tx, request.caller.projectId, request.params.id, clock.now())
        return { success: true as const, data: show(row) }
      }),
  )
}

const show = (row: WebhookDelivery): z.infer<typeof Delivery> => ({
  id: row.id,
  webhook_id: row.endpoint_id,
  event: row.event_type,
  event_id: (JSON.parse(row.body) as { id: string }).id,
  status: row.status,
  attempts: row.attempts,
  next_attempt_at: row.next_attempt_at,
  created_at: row.created_at,
  finished_at: row.finished_at,
})

export const showWithLog = (
  delivery: WebhookDelivery,
  attempts: WebhookAttempt[],
): z.infer<typeof DeliveryWithLog> => ({
  ...show(delivery),
  request_body: delivery.body,
  log: attempts.map(({ id: _id, delivery_id: _delivery, request_headers, ...attempt }) => ({
    ...attempt,
    request_headers: JSON.parse(request_headers) as Record<string, string>,
  })),
})
