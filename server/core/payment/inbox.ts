/** The inbox: provider events stored before they are understood, so that an acknowledged sale cannot be lost. */
import { createHash } from 'node:crypto'
import { type Insertable, sql } from 'kysely'
import type { Db, Instant, ProviderEvent, ProviderEventStateTable, ProviderEventTable, Tx } from '../../db/schema.ts'
import type { Applied } from './apply.ts'
import { prepared } from '../kit/prepared.ts'
import { PROVIDER_RETRY_MINUTES } from '../kit/retry.ts'
import { addMinutes } from '../kit/time.ts'

export type NewProviderEvent = Omit<ProviderEvent, 'id' | 'payload_hash' | 'redacted_at'>

export const payloadHash = (payload: string): string => createHash('sha256').update(payload).digest('hex')

/** Stores the raw event once. @returns its row id, or undefined when it was there already */
export async function storeEvent(tx: Tx, event: NewProviderEvent): Promise<number | undefined> {
  const [row] = await insertEvent(tx, { ...event, payload_hash: payloadHash(event.payload), redacted_at: null })
  if (!row) return undefined
  await insertState(tx, {
    provider_event_id: row.id,
    status: 'received',
    attempts: 0,
    next_attempt_at: event.received_at,
    error: null,
    conversion_id: null,
    updated_at: event.received_at,
  })
  return row.id
}

const insertEvent = prepared((tx, row: Insertable<ProviderEventTable>) =>
  tx
    .insertInto('provider_event')
    .values(row)
    .onConflict((clash) => clash.columns(['project_id', 'provider', 'event_id']).doNothing())
    .returning('id'),
)

const insertState = prepared((tx, row: Insertable<ProviderEventStateTable>) =>
  tx.insertInto('provider_event_state').values(row),
)

export const findEvent = async (tx: Tx | Db, id: number): Promise<ProviderEvent | undefined> =>
  (await selectEvent(tx, { id }))[0]

const selectEvent = prepared((tx, { id }: { id: number }) =>
  tx.selectFrom('provider_event').selectAll().where('id', '=', id),
)

/**
 * Takes an event that still waits to be processed and locks it until the transaction ends.
 * @returns undefined when it was processed meanwhile, by another process or an earlier delivery
 */
export async function claimEvent(tx: Tx, id: number, now: Instant): Promise<ProviderEvent | undefined> {
  const [claimed] = await claim(tx, { id, now })
  return claimed && findEvent(tx, id)
}

const claim = prepared((tx, { id, now }: { id: number; now: Instant }) =>
  tx
    .updateTable('provider_event_state')
    .set((eb) => ({ attempts: eb('attempts', '+', 1), updated_at: now }))
    .where('provider_event_id', '=', id)
    .where('status', 'in', ['received', 'failed', 'waiting'])
    .returning('provider_event_id'),
)

/** What waits is tried when a sale comes, and, where many wait, from time to time. */
export async function markApplied(tx: Tx, id: number, applied: Applied, now: Instant): Promise<void> {
  const attempts = applied.status === 'waiting' ? await attemptsOf(tx, id) : 0
  await changeState(tx, {
    id,
    status: applied.status,
    next_attempt_at: attempts > 0 ? addMinutes(now, PROVIDER_RETRY_MINUTES[attempts] ?? 1440) : null,
    error: applied.status === 'processed' ? null : applied.reason,
    conversion_id: applied.conversion_id,
    updated_at: now,
  })
}

const changeState = prepared(
  (tx, { id, ...state }: Omit<ProviderEventStateTable, 'provider_event_id' | 'attempts'> & { id: number }) =>
    tx.updateTable('provider_event_state').set(state).where('provider_event_id', '=', id),
)

/** Keeps the error and plans the next attempt; after the last one it stays failed until somebody replays it. */
export async function markFailed(tx: Tx, id: number, error: string, now: Instant): Promise<void> {
  const attempts = await attemptsOf(tx, id)
  const minutes = PROVIDER_RETRY_MINUTES[attempts]
  await tx
    .updateTable('provider_event_state')
    .set({
      status: 'failed',
      attempts: attempts + 1,
      next_attempt_at: minutes === undefined ? null : addMinutes(now, minutes),
      // It may quote what came, and PostgreSQL keeps no NUL.
      error: error.slice(0, 1000).replaceAll('\0', '\uFFFD'),
      updated_at: now,
    })
    .where('provider_event_id', '=', id)
    .execute()
}

async function attemptsOf(tx: Tx, id: number): Promise<number> {
  const state = await tx
    .selectFrom('provider_event_state')
    .select('attempts')
    .where('provider_event_id', '=', id)
    .executeTakeFirstOrThrow()
  return state.attempts
}

/** Ids of events whose next attempt is due, oldest first. */
export async function dueEvents(tx: Tx, now: Instant, limit: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('provider_event_state')
    .select('provider_event_id')
    .where('next_attempt_at', '<=', now)
    .where('status', 'in', ['received', 'failed', 'waiting'])
    .orderBy('next_attempt_at')
    .limit(limit)
    .execute()
  return rows.map((row) => row.provider_event_id)
}

/** Events of the project that wait for their sale: a new sale may be the one, of the newest most likely. */
export async function waitingEvents(tx: Tx, projectId: number, provider: string, limit: number): Promise<number[]> {
  return (await selectWaiting(tx, { projectId, provider }, String(limit))).map(({ id }) => id)
}

const selectWaiting = prepared((tx, { projectId, provider }: { projectId: number; provider: string }, limit) =>
  tx
    .selectFrom('provider_event_state')
    // A cross join keeps its order: few events wait, of however many there are.
    .crossJoin('provider_event')
    .select('provider_event.id')
    .whereRef('provider_event.id', '=', 'provider_event_state.provider_event_id')
    .where('provider_event.project_id', '=', projectId)
    .where('provider_event.provider', '=', provider)
    // A literal, for an index of those alone to be used.
    .where('provider_event_state.status', '=', sql.lit('waiting'))
    .orderBy('provider_event_state.provider_event_id', 'desc')
    .limit(Number(limit)),
)
