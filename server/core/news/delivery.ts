/** The delivery log: each event on its way to each endpoint, its attempts, sending it again, and tests. */
import type { Instant, Tx, WebhookAttempt, WebhookDelivery } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { type Listed, listed } from '../kit/listed.ts'
import { WEBHOOK_EVENTS, type WebhookEvent } from './feed.ts'
import { type Attempt, type Claim, logAttempt, succeeded } from './attempt.ts'
import { getProject } from '../project/project.ts'
import { settingsOf } from '../project/settings.ts'
import { eventsOf, getEndpoint } from './endpoint.ts'
import { samplePayload } from './sample.ts'

export type DeliveryStatus = WebhookDelivery['status']

export interface DeliveryQuery {
  status?: DeliveryStatus | undefined
  limit: number
  offset: number
}

/** The endpoint's deliveries, newest first. @throws DomainError 'webhook_not_found' */
export async function listDeliveries(
  tx: Tx,
  projectId: number,
  endpointId: number,
  { status, limit, offset }: DeliveryQuery,
): Promise<Listed<WebhookDelivery>> {
  await getEndpoint(tx, projectId, endpointId)
  let wanted = tx.selectFrom('webhook_delivery').where('endpoint_id', '=', endpointId)
  if (status) wanted = wanted.where('status', '=', status)
  const rows = await wanted
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .offset(offset)
    .execute()
  return listed(tx, { limit, offset }, rows, wanted)
}

/** @throws DomainError 'delivery_not_found' */
export async function getDelivery(
  tx: Tx,
  projectId: number,
  id: number,
): Promise<{ delivery: WebhookDelivery; attempts: WebhookAttempt[] }> {
  const delivery = await tx
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!delivery) throw new DomainError('delivery_not_found', `No webhook delivery ${id} in project ${projectId}`)
  const attempts = await tx
    .selectFrom('webhook_attempt')
    .selectAll()
    .where('delivery_id', '=', id)
    .orderBy('id')
    .execute()
  return { delivery, attempts }
}

/**
 * Sends it again, under its old number and from the start of the schedule, whatever became of it before.
 * @throws DomainError 'delivery_not_found' | 'webhook_disabled'
 */
export async function replayDelivery(tx: Tx, projectId: number, id: number, now: Instant): Promise<WebhookDelivery> {
  const { delivery } = await getDelivery(tx, projectId, id)
  const endpoint = await getEndpoint(tx, projectId, delivery.endpoint_id)
  if (endpoint.status === 'disabled')
    throw new DomainError(
      'webhook_disabled',
      `Webhook ${endpoint.id} is disabled (${endpoint.disabled_reason}); activate it first`,
    )
  return tx
    .updateTable('webhook_delivery')
    .set({ status: 'pending', attempts: 0, next_attempt_at: now, finished_at: null })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/**
 * Prepares a test: a made-up event for the caller to send now, once. It counts as failed until its answer says otherwise, and
 * says nothing about the endpoint's health.
 * @param wanted.event default: the first that the endpoint asks for
 * @param wanted.uuid makes the event's id
 * @throws DomainError 'webhook_not_found'
 */
export async function prepareTest(
  tx: Tx,
  projectId: number,
  endpointId: number,
  wanted: { uuid: string; event?: WebhookEvent | undefined },
  now: Instant,
): Promise<Claim> {
  const endpoint = await getEndpoint(tx, projectId, endpointId)
  const project = await getProject(tx, projectId)
  const event = wanted.event ?? eventsOf(endpoint)[0] ?? WEBHOOK_EVENTS[0]
  const delivery = await tx
    .insertInto('webhook_delivery')
    .values({
      project_id: projectId,
      endpoint_id: endpointId,
      event_id: null,
      event_type: event,
      body: JSON.stringify({
        id: `evt_test_${wanted.uuid}`,
        event,
        timestamp: Math.floor(Date.parse(now) / 1000),
        project_id: String(projectId),
        test: true,
        ...samplePayload(event, project.currency, now),
      }),
      status: 'failed',
      next_attempt_at: null,
      created_at: now,
      finished_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { delivery, endpoint, privateTargets: settingsOf(project).webhook_private_targets }
}

export async function recordTest(tx: Tx, { delivery }: Claim, attempt: Attempt, now: Instant): Promise<void> {
  await tx
    .updateTable('webhook_delivery')
    .set({ attempts: 1, finished_at: now, status: succeeded(attempt) ? 'delivered' : 'failed' })
    .where('id', '=', delivery.id)
    .execute()
  await logAttempt(tx, delivery.id, attempt)
}
