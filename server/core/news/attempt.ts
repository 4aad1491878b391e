/** Attempts to deliver: what is due, what came of it, when the next one is, and when an endpoint is given up. */
import type { Db, Instant, Tx, WebhookDelivery, WebhookEndpoint } from '../../db/schema.ts'
import { queueMail } from './mail.ts'
import { getProject } from '../project/project.ts'
import { settingsOf } from '../project/settings.ts'
import { disableEndpoint, giveUpWaiting } from './endpoint.ts'

/** The published schedule: seconds to wait before each attempt, counted from the one before (Standard Webhooks' example). */
export const WAITS = [0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000] as const
/** No two endpoints that failed together are tried together: each wait is up to a tenth shorter or longer. */
const JITTER = 0.1
const DAY_MS = 86_400_000
const DAYS_OF_FAILURE = 5

/** Longer than any attempt can take: a delivery whose sender died is sent again after it, under the same number. */
export const CLAIM_SECONDS = 60

export interface Attempt {
  at: Instant
  request_headers: Record<string, string>
  response_status: number | null
  response_body: string | null
  latency_ms: number
  /** Why there is no whole answer. */
  error: string | null
  /** The answer's `Retry-After`. */
  retry_after: string | null
}

export interface Claim {
  delivery: WebhookDelivery
  endpoint: WebhookEndpoint
  privateTargets: boolean
}

export const succeeded = ({ response_status, error }: Pick<Attempt, 'response_status' | 'error'>): boolean =>
  error === null && response_status !== null && response_status >= 200 && response_status < 300

/**
 * When to try again after the `failed`-th failed attempt, or null after the last. What `Retry-After` asks for is kept, up to a day.
 * @param random from 0 to 1
 */
export function nextAttemptAt(
  failed: number,
  { now, random, retryAfter }: { now: Instant; random: number; retryAfter: string | null },
): Instant | null {
  const seconds = WAITS[failed]
  if (seconds === undefined) return null
  const planned = seconds * 1000 * (1 + JITTER * (2 * random - 1))
  return later(now, Math.max(planned, Math.min(asked(retryAfter, now), DAY_MS)))
}

/** `120`, or `Fri, 20 Nov 2026 12:00:00 GMT`: milliseconds from now. */
function asked(retryAfter: string | null, now: Instant): number {
  if (retryAfter === null) return 0
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.parse(now)
  return wait > 0 ? wait : 0
}

/** Endpoints something is due for. One read without a transaction: an idle programme asks it every second. */
export async function endpointsDue(db: Db, now: Instant): Promise<number[]> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .select('endpoint_id')
    .distinct()
    .where('next_attempt_at', '<=', now)
    .execute()
  return rows.map((row) => row.endpoint_id)
}

/**
 * Takes the endpoint's oldest due delivery for CLAIM_SECONDS: nobody else sends it meanwhile.
 * @returns undefined when nothing is due (any more)
 */
export async function claimDelivery(tx: Tx, endpointId: number, now: Instant): Promise<Claim | undefined> {
  const endpoint = await lockEndpoint(tx, endpointId)
  if (!endpoint) return undefined
  if (endpoint.status === 'disabled') {
    // Queued in the moment the endpoint was disabled.
    await giveUpWaiting(tx, endpointId, now)
    return undefined
  }
  const delivery = await tx
    .updateTable('webhook_delivery')
    .set({ next_attempt_at: later(now, CLAIM_SECONDS * 1000) })
    .where('id', '=', (eb) =>
      eb
        .selectFrom('webhook_delivery')
        .select('id')
        .where('endpoint_id', '=', endpointId)
        .where('next_attempt_at', '<=', now)
        .orderBy('next_attempt_at')
        .orderBy('id')
        .limit(1),
    )
    .returningAll()
    .executeTakeFirst()
  if (!delivery) return undefined
  const { webhook_private_targets: privateTargets } = settingsOf(await getProject(tx, delivery.project_id))
  return { delivery, endpoint, privateTargets }
}

/**
 * Keeps what came of an attempt and plans the next one. An attempt that took longer than its claim counts only when it
 * succeeded: somebody else has taken the delivery over.
 * @returns why the endpoint is disabled now, if it is
 */
export async function recordAttempt(
  tx: Tx,
  { delivery }: Claim,
  attempt: Attempt,
  { now, random }: { now: Instant; random: number },
): Promise<{ disabled?: string }> {
  const endpoint = await lockEndpoint(tx, delivery.endpoint_id)
  if (!endpoint) return {}
  await logAttempt(tx, delivery.id, attempt)

  if (succeeded(attempt)) {
    await tx
      .updateTable('webhook_delivery')
      .set((eb) => ({
        status: 'delivered',
        attempts: eb('attempts', '+', 1),
        next_attempt_at: null,
        finished_at: now,
      }))
      .where('id', '=', delivery.id)
      .execute()
    await failingSince(tx, endpoint.id, null)
    return {}
  }

  const failed = delivery.attempts + 1
  const next = nextAttemptAt(failed, { now, random, retryAfter: attempt.retry_after })
  const counted = await tx
    .updateTable('webhook_delivery')
    .set({ attempts: failed, next_attempt_at: next, ...(next === null && { status: 'failed', finished_at: now }) })
    .where('id', '=', delivery.id)
    .where('next_attempt_at', '=', delivery.next_attempt_at)
    .returning('id')
    .executeTakeFirst()
  if (!counted || endpoint.status === 'disabled') return {}

  const since = endpoint.failing_since ?? attempt.at
  if (endpoint.failing_since === null) await failingSince(tx, endpoint.id, since)
  const answered = attempt.error ?? `HTTP ${attempt.response_status}`
  if (attempt.response_status === 410) return giveUp(tx, endpoint, 'HTTP 410: it wants no more', since, now)
  if (next === null && Date.parse(now) - Date.parse(since) >= DAYS_OF_FAILURE * DAY_MS)
    return giveUp(tx, endpoint, `Nothing arrived since ${since}; the last attempt: ${answered}`, since, now)
  return {}
}

/** The log of a delivery only grows. */
export async function logAttempt(tx: Tx, deliveryId: number, attempt: Attempt): Promise<void> {
  await tx
    .insertInto('webhook_attempt')
    .values({
      delivery_id: deliveryId,
      at: attempt.at,
      request_headers: JSON.stringify(attempt.request_headers),
      response_status: attempt.response_status,
      response_body: attempt.response_body,
      latency_ms: attempt.latency_ms,
      error: attempt.error,
    })
    .execute()
}

async function giveUp(
  tx: Tx,
  endpoint: WebhookEndpoint,
  reason: string,
  since: Instant,
  now: Instant,
): Promise<{ disabled: string }> {
  await disableEndpoint(tx, endpoint.id, reason, now)
  const project = await getProject(tx, endpoint.project_id)
  const { owner_email, language } = settingsOf(project)
  if (owner_email !== null) {
    const fields = { endpoint_id: endpoint.id, url: endpoint.url, reason, failing_since: since }
    await queueMail(
      tx,
      project,
      {
        recipient: owner_email,
        template: 'webhook_disabled',
        language,
        fields,
        once_key: `webhook_disabled ${endpoint.id} ${now}`,
      },
      now,
    )
  }
  return { disabled: reason }
}

/** Before its deliveries, always: so two processes do not wait for each other in a circle, nor take the same delivery. */
const lockEndpoint = (tx: Tx, id: number): Promise<WebhookEndpoint | undefined> =>
  tx
    .updateTable('webhook_endpoint')
    .set((eb) => ({ failing_since: eb.ref('failing_since') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()

async function failingSince(tx: Tx, id: number, failing_since: Instant | null): Promise<void> {
  await tx.updateTable('webhook_endpoint').set({ failing_since }).where('id', '=', id).execute()
}

const later = (instant: Instant, milliseconds: number): Instant =>
  new Date(Date.parse(instant) + Math.round(milliseconds)).toISOString()
