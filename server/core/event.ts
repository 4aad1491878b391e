/**
 * The feed of everything that happened, and the outbox of webhooks: written in the transaction of what it tells, so that an
 * event exists exactly when its fact does.
 */
import type { Insertable } from 'kysely'
import type { Event, EventTable, Instant, Tx } from '../db/schema.ts'
import { prepared } from './prepared.ts'

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
  | 'payout_requested'

export interface NewEvent {
  type: EventType
  /** What it is about: `conversion 12`, `affiliate 3`. */
  subject: string
  /** What a receiver gets beside `id`, `event`, `timestamp` and `project_id`. */
  payload: Record<string, unknown>
}

/**
 * Appends to the project's feed, in this order, and queues each event for every active endpoint that asked for its type. Locks
 * the project's counter until the transaction ends, so that a reader's cursor never passes a number that is still to come:
 * call it last.
 */
export async function recordEvents(tx: Tx, projectId: number, events: NewEvent[], now: Instant): Promise<void> {
  if (events.length === 0) return
  const [project] = await advanceFeed(tx, { projectId, by: events.length })
  if (!project) throw new Error(`No project ${projectId}`)
  const rows = events.map(({ type, subject, payload }, index) => {
    const seq = project.event_seq - events.length + 1 + index
    const body = {
      id: `evt_${projectId}_${seq}`,
      event: type,
      timestamp: Math.floor(Date.parse(now) / 1000),
      project_id: String(projectId),
      ...payload,
    }
    return { project_id: projectId, seq, type, subject, payload: JSON.stringify(body), created_at: now }
  })
  await queueDeliveries(tx, projectId, await insertEvents(tx, { rows }), now)
}

const advanceFeed = prepared((tx, { projectId, by }: { projectId: number; by: number }) =>
  tx
    .updateTable('project')
    .set((eb) => ({ event_seq: eb('event_seq', '+', by) }))
    .where('id', '=', projectId)
    .returning('event_seq'),
)

const insertEvents = prepared((tx, { rows }: { rows: Insertable<EventTable>[] }) =>
  tx.insertInto('event').values(rows).returning(['id', 'type', 'payload']),
)

export const recordEvent = (tx: Tx, projectId: number, event: NewEvent, now: Instant): Promise<void> =>
  recordEvents(tx, projectId, [event], now)

async function queueDeliveries(
  tx: Tx,
  projectId: number,
  events: Pick<Event, 'id' | 'type' | 'payload'>[],
  now: Instant,
): Promise<void> {
  const endpoints = await selectReceivers(tx, { projectId })
  const receivers = endpoints.map(({ id, events: types }) => ({ id, types: JSON.parse(types) as string[] }))
  const wanted = events.flatMap((event) =>
    receivers.filter(({ types }) => types.includes(event.type)).map(({ id }) => ({ id, event })),
  )
  if (wanted.length === 0) return
  await tx
    .insertInto('webhook_delivery')
    .values(
      wanted.map(({ id, event }) => ({
        project_id: projectId,
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

const selectReceivers = prepared((tx, { projectId }: { projectId: number }) =>
  tx
    .selectFrom('webhook_endpoint')
    .select(['id', 'events'])
    .where('project_id', '=', projectId)
    .where('status', '=', 'active'),
)

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
