/**
 * The feed of everything that happened, and the outbox of webhooks: written in the transaction of what it tells, so that an
 * event exists exactly when its fact does.
 */
import type { Event, Instant, Tx } from '../db/schema.ts'

/** The four of the specification, and those only the feed carries. */
export const WEBHOOK_EVENTS = [
  'referral_signed_up',
  'referral_converted',
  'referral_canceled',
  'referral_updated',
] as const
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]
export type EventType =
  | WebhookEvent
  | 'affiliate_joined'
  | 'affiliate_updated'
  | 'affiliate_deleted'
  | 'payout_created'
  | 'payout_reversed'

export interface NewEvent {
  type: EventType
  /** What it is about: `conversion 12`, `affiliate 3`. */
  subject: string
  /** What a receiver gets beside `id`, `event`, `timestamp` and `project_id`. */
  payload: Record<string, unknown>
}

/**
 * Appends to the project's feed and queues the event for every active endpoint that asked for its type. Locks the project's
 * counter until the transaction ends, so that a reader's cursor never passes a number that is still to come: call it last.
 */
export async function recordEvent(tx: Tx, projectId: number, event: NewEvent, now: Instant): Promise<Event> {
  const { event_seq: seq } = await tx
    .updateTable('project')
    .set((eb) => ({ event_seq: eb('event_seq', '+', 1) }))
    .where('id', '=', projectId)
    .returning('event_seq')
    .executeTakeFirstOrThrow()
  const body = {
    id: `evt_${projectId}_${seq}`,
    event: event.type,
    timestamp: Math.floor(Date.parse(now) / 1000),
    project_id: String(projectId),
    ...event.payload,
  }
  const row = await tx
    .insertInto('event')
    .values({
      project_id: projectId,
      seq,
      type: event.type,
      subject: event.subject,
      payload: JSON.stringify(body),
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await queueDeliveries(tx, row, now)
  return row
}

async function queueDeliveries(tx: Tx, event: Event, now: Instant): Promise<void> {
  const endpoints = await tx
    .selectFrom('webhook_endpoint')
    .select(['id', 'events'])
    .where('project_id', '=', event.project_id)
    .where('status', '=', 'active')
    .execute()
  const wanted = endpoints.filter(({ events }) => (JSON.parse(events) as string[]).includes(event.type))
  if (wanted.length === 0) return
  await tx
    .insertInto('webhook_delivery')
    .values(
      wanted.map(({ id }) => ({
        project_id: event.project_id,
        endpoint_id: id,
        event_id: event.id,
        event_type: event.type,
        body: event.payload,
        status: 'pending' as const,
        next_attempt_at: now,
        created_at: now,
        finished_at: null,
      })),
    )
    .execute()
}

/** What happened after number `after`, oldest first. */
export function listEvents(
  tx: Tx,
  projectId: number,
  { after, limit }: { after: number; limit: number },
): Promise<Event[]> {
  return tx
    .selectFrom('event')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
}
