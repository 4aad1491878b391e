/**
 * The feed of everything that happened, and the outbox of webhooks: written in the transaction of what it tells, so that an
 * event exists exactly when its fact does.
 */
import type { Insertable } from 'kysely'
import type { Event, EventTable, Instant, Tx } from '../../db/schema.ts'
import { doLast, type Last } from '../../db/last.ts'
import { prepared } from '../kit/prepared.ts'

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
  | 'custom_event_recorded'
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
 * Appends to the project's feed, in this order, and queues each event for every active endpoint that asked for its type. It is
 * written right before the commit: the project's counter stays locked until then, so that a reader's cursor never passes a
 * number that is still to come, and nothing is locked after it.
 */
export const recordEvents = (tx: Tx, projectId: number, events: NewEvent[], now: Instant): Promise<void> =>
  doLast(
    tx,
    FEED,
    events.map((event) => ({ projectId, event, now })),
  )

const FEED: Last<{ projectId: number; event: NewEvent; now: Instant }> = {
  order: 3,
  async run(tx, items) {
    const projects = Map.groupBy(items, ({ projectId }) => projectId)
    for (const [projectId, own] of [...projects].sort(([a], [b]) => a - b)) await append(tx, projectId, own)
  },
}

async function append(tx: Tx, projectId: number, items: { event: NewEvent; now: Instant }[]): Promise<void> {
  const [project] = await advanceFeed(tx, { projectId, by: items.length })
  if (!project) throw new Error(`No project ${projectId}`)
  const rows = items.map(({ event: { type, subject, payload }, now }, index) => {
    const seq = project.event_seq - items.length + 1 + index
    const body = {
      id: `evt_${projectId}_${seq}`,
      event: type,
      timestamp: Math.floor(Date.parse(now) / 1000),
      project_id: String(projectId),
      ...payload,
    }
    return { project_id: projectId, seq, type, subject, payload: JSON.stringify(body), created_at: now }
  })
  // A person's deletion tells of all their sales: no statement binds more than SQLite's 32,766 values.
  for (let from = 0; from < rows.length; from += AT_ONCE)
    await queueDeliveries(tx, projectId, await insertEvents(tx, { rows: rows.slice(from, from + AT_ONCE) }))
}

const AT_ONCE = 500

const advanceFeed = prepared((tx, { projectId, by }: { projectId: number; by: number }) =>
  tx
    .updateTable('project')
    .set((eb) => ({ event_seq: eb('event_seq', '+', by) }))
    .where('id', '=', projectId)
    .returning('event_seq'),
)

const insertEvents = prepared((tx, { rows }: { rows: Insertable<EventTable>[] }) =>
  tx.insertInto('event').values(rows).returning(['id', 'type', 'payload', 'created_at']),
)

export const recordEvent = (tx: Tx, projectId: number, event: NewEvent, now: Instant): Promise<void> =>
  recordEvents(tx, projectId, [event], now)

async function queueDeliveries(
  tx: Tx,
  projectId: number,
  events: Pick<Event, 'id' | 'type' | 'payload' | 'created_at'>[],
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
        next_attempt_at: event.created_at,
        created_at: event.created_at,
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
