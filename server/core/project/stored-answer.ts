/** Answers to requests with an Idempotency-Key: kept for 24 hours, and given again to whoever repeats the request. */
import type { ExpressionBuilder } from 'kysely'
import type { Database, Instant, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { addHours, addMinutes } from '../kit/time.ts'

export const KEPT_HOURS = 24
/** A key taken before its work is free again after this long without an answer: the server died in the middle of it. */
const LEASE_MINUTES = 5
const UNANSWERED = 0

export interface StoredAnswer {
  status: number
  /** As it was sent, sealed; empty for an answer without a body. */
  body: string
}

/**
 * Takes the key for this request, or finds the answer it already got. Of two requests at once the second waits here until the
 * first has committed; the key is free again when the first rolls back.
 * @throws DomainError 'idempotency_mismatch' when the key was used for another request
 */
export async function takeKey(
  tx: Tx,
  projectId: number,
  key: string,
  requestHash: string,
  now: Instant,
): Promise<StoredAnswer | undefined> {
  await tx
    .deleteFrom('stored_answer')
    .where('project_id', '=', projectId)
    .where('key', '=', key)
    .where((eb) =>
      eb.or([
        eb('created_at', '<=', addHours(now, -KEPT_HOURS)),
        eb.and([eb('status', '=', UNANSWERED), eb('created_at', '<=', addMinutes(now, -LEASE_MINUTES))]),
      ]),
    )
    .execute()
  const taken = await tx
    .insertInto('stored_answer')
    .values({ project_id: projectId, key, request_hash: requestHash, status: UNANSWERED, body: '', created_at: now })
    .onConflict((clash) => clash.columns(['project_id', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst()
  if (taken) return undefined

  const stored = await tx
    .selectFrom('stored_answer')
    .select(['request_hash', 'status', 'body'])
    .where('project_id', '=', projectId)
    .where('key', '=', key)
    .executeTakeFirst()
  if (!stored) throw inProgress()
  if (stored.request_hash !== requestHash)
    throw new DomainError(
      'idempotency_mismatch',
      'Idempotency-Key: this key was used for another request; expected the same path and body, or a new key',
    )
  if (stored.status === UNANSWERED) throw inProgress()
  return { status: stored.status, body: stored.body }
}

export const inProgress = (): DomainError =>
  new DomainError(
    'idempotency_in_progress',
    'Idempotency-Key: a request with this key is still being answered; repeat this one in a moment',
  )

/** A key that is taken, since when where that was committed before the work. */
export interface TakenKey {
  projectId: number
  key: string
  taken: Instant | null
}

/** In the transaction of the work, if it is one: the answer exists exactly when what it tells has happened. */
export async function keepAnswer(tx: Tx, taken: TakenKey, { status, body }: StoredAnswer): Promise<void> {
  await tx.updateTable('stored_answer').set({ status, body }).where(isOurs(taken)).execute()
}

/** The work failed: the next request with this key is executed. */
export async function freeKey(tx: Tx, taken: TakenKey): Promise<void> {
  await tx.deleteFrom('stored_answer').where(isOurs(taken)).execute()
}

/** Not the row of somebody who took the key over after the lease. */
const isOurs =
  ({ projectId, key, taken }: TakenKey) =>
  (eb: ExpressionBuilder<Database, 'stored_answer'>) =>
    eb.and([
      eb('project_id', '=', projectId),
      eb('key', '=', key),
      eb('status', '=', UNANSWERED),
      ...(taken === null ? [] : [eb('created_at', '=', taken)]),
    ])

/** The project's answers up to a moment, sealed as they are, by their keys. */
export const answersUntil = (
  tx: Tx,
  projectId: number,
  { until, after, limit }: { until: Instant; after: string; limit: number },
): Promise<{ key: string; body: string }[]> =>
  tx
    .selectFrom('stored_answer')
    .select(['key', 'body'])
    .where('project_id', '=', projectId)
    .where('created_at', '<=', until)
    .where('key', '>', after)
    .where('body', '<>', '')
    .orderBy('key')
    .limit(limit)
    .execute()

export async function changeAnswer(tx: Tx, projectId: number, key: string, body: string): Promise<void> {
  await tx
    .updateTable('stored_answer')
    .set({ body })
    .where('project_id', '=', projectId)
    .where('key', '=', key)
    .execute()
}

export async function forgetAnswers(tx: Tx, now: Instant): Promise<void> {
  await tx.deleteFrom('stored_answer').where('created_at', '<=', addHours(now, -KEPT_HOURS)).execute()
}
