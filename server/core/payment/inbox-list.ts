/** The inbox as people read it: which provider events came, what became of them, and why. */
import type { ExpressionBuilder } from 'kysely'
import type { Database, Instant, ProviderEventStateTable, Tx } from '../../db/schema.ts'
import type { ConversionDecision } from '../conversion/decision.ts'
import { DomainError } from '../kit/errors.ts'
import { type Listed, listed } from '../kit/listed.ts'

export const INBOX_STATUSES = ['received', 'processed', 'ignored', 'failed', 'waiting'] as const
export type InboxStatus = ProviderEventStateTable['status']

export interface InboxFilter {
  status?: InboxStatus | undefined
  provider?: string | undefined
  /** Ids from and to, both included. */
  from?: number | undefined
  to?: number | undefined
}

export interface InboxEvent {
  id: number
  provider: string
  event_id: string
  type: string
  status: InboxStatus
  attempts: number
  /** Why it failed, waits or was ignored. */
  error: string | null
  next_attempt_at: Instant | null
  conversion_id: number | null
  received_at: Instant
}

export interface WholeInboxEvent extends InboxEvent {
  payload: string
  /** Of what the provider sent: the payload has it for as long as nobody in it was erased. */
  payload_hash: string
  redacted_at: Instant | null
  decision: ConversionDecision | null
}

/** One page, newest first, and how many there are in all. */
export async function listInbox(
  tx: Tx,
  projectId: number,
  filter: InboxFilter & { limit: number; offset: number },
): Promise<Listed<InboxEvent>> {
  const rows = await inbox(tx, projectId)
    .where(matches(filter))
    .select(COLUMNS)
    .orderBy('provider_event.id', 'desc')
    .limit(filter.limit + 1)
    .offset(filter.offset)
    .execute()
  return listed(tx, filter, rows, inbox(tx, projectId).where(matches(filter)))
}

/** One event with its payload, and the decision about the sale it told. @throws DomainError 'provider_event_not_found' */
export async function getInboxEvent(tx: Tx, projectId: number, id: number): Promise<WholeInboxEvent> {
  const row = await inbox(tx, projectId)
    .leftJoin('conversion', 'conversion.id', 'provider_event_state.conversion_id')
    .select([
      ...COLUMNS,
      'provider_event.payload',
      'provider_event.payload_hash',
      'provider_event.redacted_at',
      'conversion.decision',
    ])
    .where('provider_event.id', '=', id)
    .executeTakeFirst()
  if (!row) throw new DomainError('provider_event_not_found', `No provider event ${id} in this project`)
  return { ...row, decision: row.decision === null ? null : (JSON.parse(row.decision) as ConversionDecision) }
}

/** Ids that a replay goes through, oldest first. */
export async function inboxIds(tx: Tx, projectId: number, filter: InboxFilter, limit: number): Promise<number[]> {
  const rows = await inbox(tx, projectId)
    .where(matches(filter))
    .select('provider_event.id')
    .orderBy('provider_event.id')
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

/** Puts an event back to where it has just arrived; what it told is told again, and counts once. */
export async function reopenEvent(tx: Tx, projectId: number, id: number, now: Instant): Promise<void> {
  await getInboxEvent(tx, projectId, id)
  await tx
    .updateTable('provider_event_state')
    .set({ status: 'received', next_attempt_at: now, error: null, updated_at: now })
    .where('provider_event_id', '=', id)
    .execute()
}

const COLUMNS = [
  'provider_event.id',
  'provider_event.provider',
  'provider_event.event_id',
  'provider_event.type',
  'provider_event_state.status',
  'provider_event_state.attempts',
  'provider_event_state.error',
  'provider_event_state.next_attempt_at',
  'provider_event_state.conversion_id',
  'provider_event.received_at',
] as const

const inbox = (tx: Tx, projectId: number) =>
  tx
    .selectFrom('provider_event')
    .innerJoin('provider_event_state', 'provider_event_state.provider_event_id', 'provider_event.id')
    .where('provider_event.project_id', '=', projectId)

const matches = (filter: InboxFilter) => (eb: ExpressionBuilder<Database, 'provider_event' | 'provider_event_state'>) =>
  eb.and([
    ...(filter.status ? [eb('provider_event_state.status', '=', filter.status)] : []),
    ...(filter.provider ? [eb('provider_event.provider', '=', filter.provider)] : []),
    ...(filter.from ? [eb('provider_event.id', '>=', filter.from)] : []),
    ...(filter.to ? [eb('provider_event.id', '<=', filter.to)] : []),
  ])
