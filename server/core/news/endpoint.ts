/** Webhook endpoints: where a project wants to hear of its events. Secrets come sealed; core holds no keys. */
import { randomBytes } from 'node:crypto'
import type { Instant, Tx, WebhookEndpoint } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { type Listed, listed } from '../kit/listed.ts'
import type { WebhookEvent } from './feed.ts'

export interface NewEndpoint {
  url: string
  events: readonly WebhookEvent[]
  /** null: its deliveries are not signed. */
  secret_sealed: string | null
}

export interface EndpointChange extends Partial<NewEndpoint> {
  status?: 'active' | 'disabled'
}

export const eventsOf = ({ events }: WebhookEndpoint): WebhookEvent[] => JSON.parse(events) as WebhookEvent[]

/** As Standard Webhooks writes secrets: `whsec_` and 256 random bits in base64. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

export const createEndpoint = (
  tx: Tx,
  projectId: number,
  { url, events, secret_sealed }: NewEndpoint,
  now: Instant,
): Promise<WebhookEndpoint> =>
  tx
    .insertInto('webhook_endpoint')
    .values({
      project_id: projectId,
      url,
      events: JSON.stringify(events),
      secret_sealed,
      status: 'active',
      disabled_reason: null,
      failing_since: null,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()

export async function listEndpoints(
  tx: Tx,
  projectId: number,
  { limit, offset }: { limit: number; offset: number },
): Promise<Listed<WebhookEndpoint>> {
  const own = tx.selectFrom('webhook_endpoint').where('project_id', '=', projectId)
  const rows = await own
    .selectAll()
    .orderBy('id')
    .limit(limit + 1)
    .offset(offset)
    .execute()
  return listed(tx, { limit, offset }, rows, own)
}

/** @throws DomainError 'webhook_not_found' */
export async function getEndpoint(tx: Tx, projectId: number, id: number): Promise<WebhookEndpoint> {
  const row = await tx
    .selectFrom('webhook_endpoint')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? unknown(projectId, id)
}

/**
 * Changes what is given. Activating forgets why it was disabled; disabling gives up what still waits.
 * @throws DomainError 'webhook_not_found'
 */
export async function changeEndpoint(
  tx: Tx,
  projectId: number,
  id: number,
  { events, ...change }: EndpointChange,
  now: Instant,
): Promise<WebhookEndpoint> {
  const row = await tx
    .updateTable('webhook_endpoint')
    .set({
      ...change,
      ...(events && { events: JSON.stringify(events) }),
      ...(change.status === 'active' && { disabled_reason: null, failing_since: null }),
      updated_at: now,
    })
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!row) return unknown(projectId, id)
  return change.status === 'disabled' ? disableEndpoint(tx, id, 'Disabled by hand', now) : row
}

/** Removes it with its deliveries and their log. @throws DomainError 'webhook_not_found' */
export async function deleteEndpoint(tx: Tx, projectId: number, id: number): Promise<void> {
  const row = await tx
    .deleteFrom('webhook_endpoint')
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  if (!row) unknown(projectId, id)
}

/** Sends nothing more: what waits is shown as failed and can be replayed when the endpoint is active again. */
export async function disableEndpoint(tx: Tx, id: number, reason: string, now: Instant): Promise<WebhookEndpoint> {
  const row = await tx
    .updateTable('webhook_endpoint')
    .set({ status: 'disabled', disabled_reason: reason, updated_at: now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await giveUpWaiting(tx, id, now)
  return row
}

export async function giveUpWaiting(tx: Tx, endpointId: number, now: Instant): Promise<void> {
  await tx
    .updateTable('webhook_delivery')
    .set({ status: 'failed', next_attempt_at: null, finished_at: now })
    .where('endpoint_id', '=', endpointId)
    .where('status', '=', 'pending')
    .execute()
}

function unknown(projectId: number, id: number): never {
  throw new DomainError('webhook_not_found', `No webhook ${id} in project ${projectId}`)
}
