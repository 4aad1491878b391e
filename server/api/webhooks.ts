/** Webhooks: where the project hears of its events. docs/webhooks.md */
import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { WEBHOOK_EVENTS } from '../core/news/feed.ts'
import { getProject } from '../core/project/project.ts'
import { settingsOf } from '../core/project/settings.ts'
import { getDelivery, prepareTest, recordTest } from '../core/news/delivery.ts'
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  eventsOf,
  getEndpoint,
  listEndpoints,
  newWebhookSecret,
} from '../core/news/endpoint.ts'
import type { Tx, WebhookEndpoint } from '../db/schema.ts'
import { sendWebhook } from '../outbound/send-webhook.ts'
import { parseTarget } from '../outbound/target.ts'
import { keyFirst, once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { changeOf, id, listOf, ok, page, pageOf } from './shapes.ts'
import { DeliveryWithLog, showWithLog } from './webhook-deliveries.ts'
import { retried } from '../db/retried.ts'

const event = z.enum(WEBHOOK_EVENTS, `expected one of ${WEBHOOK_EVENTS.join(', ')}`)
const url = z.string('expected an address such as https://acme.example/hook').max(2000, 'at most 2000 characters')
const events = z
  .array(event, `expected a list of ${WEBHOOK_EVENTS.join(', ')}`)
  .min(1, 'expected at least one event')
  .transform((list) => [...new Set(list)])
const secret = z
  .string()
  .regex(/^[\x21-\x7e]{8,200}$/, 'expected 8 to 200 printable characters without spaces, or null for none')
  .nullable()

const NewWebhook = z.object({
  url,
  events,
  secret: secret.optional().describe('What deliveries are signed with. Absent: one is made. null: unsigned'),
})

const Change = changeOf({
  url,
  events,
  secret,
  new_secret: z.literal(true).describe('Makes a new secret'),
  status: z.enum(['active', 'disabled'], 'expected active or disabled'),
})

const Webhook = z.object({
  id: z.number(),
  url: z.string(),
  events: z.array(z.string()),
  signed: z.boolean(),
  status: z.string(),
  disabled_reason: z.string().nullable(),
  failing_since: z.string().nullable().describe('Since when every attempt failed'),
  created_at: z.string(),
  updated_at: z.string(),
})

const WithSecret = Webhook.extend({ secret: z.string().nullish().describe('When it is new: shown this once') })

const tags = ['Webhooks']
const params = z.object({ id })

export const webhookEndpointRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock, sealer } = context
  const api = zodRoutes(app)

  api.get(
    '/webhooks',
    {
      schema: {
        operationId: 'listWebhooks',
        summary: 'List webhooks',
        tags,
        querystring: z.object(pageOf(50)),
        response: { 200: listOf(Webhook) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) => listEndpoints(tx, request.caller.projectId, request.query))
      return page(found, show, request.query)
    },
  )

  api.post(
    '/webhooks',
    {
      schema: {
        operationId: 'createWebhook',
        summary: 'Create a webhook',
        description: 'Its secret is shown this once.',
        tags,
        body: NewWebhook,
        response: { 201: ok(WithSecret) },
      },
    },
    async (request, reply) => {
      const { secret = newWebhookSecret(), ...endpoint } = request.body
      const secret_sealed = secret && sealer.seal(secret)
      return once(context, request, reply.code(201), async (tx) => {
        await checkTarget(tx, request.caller.projectId, endpoint.url)
        const row = await createEndpoint(tx, request.caller.projectId, { ...endpoint, secret_sealed }, clock.now())
        return { success: true as const, data: { ...show(row), secret } }
      })
    },
  )

  api.get(
    '/webhooks/:id',
    {
      schema: {
        operationId: 'getWebhook',
        summary: 'Retrieve a webhook',
        tags,
        params,
        response: { 200: ok(Webhook) },
      },
    },
    async (request) => {
      const row = await retried(db, (tx) => getEndpoint(tx, request.caller.projectId, request.params.id))
      return { success: true as const, data: show(row) }
    },
  )

  api.put(
    '/webhooks/:id',
    {
      schema: {
        operationId: 'updateWebhook',
        summary: 'Update a webhook',
        description:
          'Changes the fields that are given. Disabling gives up what waits; what happens while it is disabled is not sent later.',
        tags,
        params,
        body: Change,
        response: { 200: ok(WithSecret) },
      },
    },
    async (request) => {
      const { projectId } = request.caller
      const { new_secret, secret: given, ...change } = request.body
      const secret = new_secret ? newWebhookSecret() : given
      const secret_sealed = secret && sealer.seal(secret)
      const row = await retried(db, async (tx) => {
        if (change.url !== undefined) await checkTarget(tx, projectId, change.url)
        return changeEndpoint(
          tx,
          projectId,
          request.params.id,
          { ...change, ...(secret_sealed !== undefined && { secret_sealed }) },
          clock.now(),
        )
      })
      return { success: true as const, data: { ...show(row), ...(secret !== undefined && { secret }) } }
    },
  )

  api.delete(
    '/webhooks/:id',
    {
      schema: {
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook',
        description: 'With its deliveries and their log.',
        tags,
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await retried(db, (tx) => deleteEndpoint(tx, request.caller.projectId, request.params.id))
      return reply.code(204).send(null)
    },
  )

  api.post(
    '/webhooks/:id/test',
    {
      schema: {
        operationId: 'testWebhook',
        summary: 'Send a test',
        description:
          'Sends one made-up event now, also to a disabled webhook, and answers with the attempt, at the latest after five seconds. It is not tried again. The body may name the event.',
        tags,
        params,
        body: z.object({ event: event.optional() }).nullish(),
        response: { 200: ok(DeliveryWithLog) },
      },
      // It waits for somebody else's server; after a crash a test that was sent twice does no harm.
      preHandler: keyFirst(context),
    },
    async (request) => {
      const { projectId } = request.caller
      const test = { event: request.body?.event, uuid: randomUUID() }
      const claim = await retried(db, (tx) => prepareTest(tx, projectId, request.params.id, test, clock.now()))
      const attempt = await sendWebhook(context, claim)
      const { delivery, attempts } = await retried(db, async (tx) => {
        await recordTest(tx, claim, attempt, clock.now())
        return getDelivery(tx, projectId, claim.delivery.id)
      })
      return { success: true as const, data: showWithLog(delivery, attempts) }
    },
  )
}

/** @throws DomainError 'invalid_request' */
async function checkTarget(tx: Tx, projectId: number, url: string): Promise<void> {
  parseTarget(url, settingsOf(await getProject(tx, projectId)).webhook_private_targets)
}

const show = (row: WebhookEndpoint): z.infer<typeof Webhook> => ({
  id: row.id,
  url: row.url,
  events: eventsOf(row),
  signed: row.secret_sealed !== null,
  status: row.status,
  disabled_reason: row.disabled_reason,
  failing_since: row.failing_since,
  created_at: row.created_at,
  updated_at: row.updated_at,
})
