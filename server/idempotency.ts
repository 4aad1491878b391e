/**
 * `Idempotency-Key` on every POST: the first answer is kept for 24 hours and given again. A route says how it does its work
 * once: `once` commits the key, the work and the answer in one transaction, so that a crash leaves all of them or none;
 * `keyFirst` takes the key before the work, because work that waits for somebody else must not hold a transaction open.
 */
import { hash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from './context.ts'
import { DomainError } from './core/kit/errors.ts'
import { freeKey, inProgress, keepAnswer, type StoredAnswer, takeKey } from './core/project/stored-answer.ts'
import { LOCK_NOT_AVAILABLE } from './db/failure.ts'
import { retried } from './db/retried.ts'
import { failure } from './errors.ts'
import type { Instant, Tx } from './db/schema.ts'

type Ours = Pick<Context, 'db' | 'clock' | 'sealer'>

interface Asked {
  projectId: number
  key: string
  hash: string
  /** Since when the key is taken, where that was committed before the work. */
  taken: Instant | null
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The key this request came with, until its answer is kept. */
    asked: Asked | null
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'

export function answerOnce(api: FastifyInstance, context: Ours): void {
  const { db, clock, sealer } = context
  api.decorateRequest('asked', null)

  // Before the body is judged, because zod changes it, and a refusal is kept as well.
  api.addHook('preValidation', (request, _reply, done) => {
    const key = request.headers['idempotency-key']
    if (request.method !== 'POST' || key === undefined) return done()
    if (!/^[\x20-\x7e]{1,255}$/.test(String(key)))
      return done(new DomainError('invalid_request', 'Idempotency-Key: expected 1 to 255 printable ASCII characters'))
    const { projectId } = request.caller
    request.asked = { projectId, key: String(key), hash: hashOf(request), taken: null }
    done()
  })

  // What no transaction of the work has kept: refusals, and answers of routes that took the key first.
  api.addHook('onSend', async (request, reply, payload) => {
    const { asked } = request
    if (!asked) return payload
    request.asked = null
    const { taken } = asked
    if (reply.statusCode >= 500) {
      if (taken !== null) await retried(db, (tx) => freeKey(tx, asked))
      return payload
    }
    const text = typeof payload === 'string' ? payload : ''
    const answer = { status: reply.statusCode, body: sealed(sealer, text) }
    try {
      const before = await retried(db, async (tx) => {
        const stored = taken === null ? await take(tx, asked, clock.now()) : undefined
        if (!stored) await keepAnswer(tx, asked, answer)
        return stored
      })
      // The same request came twice at once, and the other one was answered meanwhile.
      return before ? replayOf(before, reply, sealer) : payload
    } catch (error) {
      if (reply.statusCode < 400) throw error
      // Fastify gives the second error of a request to no handler of ours.
      if (error instanceof DomainError) return refusal(reply, error)
      request.log.error({ err: error }, 'a refusal could not be kept under its Idempotency-Key')
      return payload
    }
  })
}

/**
 * Does the work of a POST in one transaction, which is tried again as a whole when the database undid it, and answers with
 * what the work returns, under the status that `reply` has. With an Idempotency-Key, the key and the answer are committed in
 * the same transaction; a repeated request gets the first answer.
 */
export async function once<Answer>(
  { db, clock, sealer }: Ours,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (tx: Tx) => Promise<Answer>,
): Promise<Answer> {
  const { asked } = request
  if (!asked) return retried(db, work)
  const done = await retried(db, async (tx) => {
    const stored = await take(tx, asked, clock.now()).catch(unasked(request))
    if (stored) return { stored }
    // JSON, as the route's schema has it.
    const text = reply.serialize(await work(tx)) as string
    await keepAnswer(tx, asked, { status: reply.statusCode, body: sealed(sealer, text) })
    return { text }
  })
  request.asked = null
  const text = done.stored ? replayOf(done.stored, reply, sealer) : done.text
  return reply.type(JSON_TYPE).send(text)
}

/**
 * For a route whose work is not one transaction: it asks somebody outside, or works in steps. Its key is taken first, and its
 * answer kept at the end; a failure frees the key. After a crash the work may be half done: the key is free again after a
 * few minutes, and the work must be such that doing it again is right.
 */
export const keyFirst =
  (context: Ours) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { asked } = request
    if (!asked) return undefined
    const now = context.clock.now()
    const stored = await waitedFor(() => retried(context.db, (tx) => take(tx, asked, now))).catch(unasked(request))
    if (!stored) {
      request.asked = { ...asked, taken: now }
      return undefined
    }
    request.asked = null
    return reply.type(JSON_TYPE).send(replayOf(stored, reply, context.sealer))
  }

const take = (tx: Tx, { projectId, key, hash: requestHash }: Asked, now: Instant) =>
  takeKey(tx, projectId, key, requestHash, now).catch(stillAnswered)

/** PostgreSQL lets the second of two equal keys wait for the first; not for ever, because it holds a connection. */
function stillAnswered(error: unknown): never {
  if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) throw inProgress()
  throw error
}

/** "This key is used for something else" is no answer to keep under this key. */
const unasked = (request: FastifyRequest) => (error: unknown) => {
  if (error instanceof DomainError) request.asked = null
  throw error
}

/** As long as PostgreSQL would wait for the first of two equal keys. */
const WAIT_MS = 5000
const LOOK_MS = 50

async function waitedFor<T>(look: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + WAIT_MS; ; await pause(LOOK_MS)) {
    try {
      return await look()
    } catch (error) {
      const isTaken = error instanceof DomainError && error.code === 'idempotency_in_progress'
      if (!isTaken || performance.now() > until) throw error
    }
  }
}

/** The key was used for another request, or is: both are conflicts. */
function refusal(reply: FastifyReply, { code, message }: DomainError): string {
  reply.code(409)
  return JSON.stringify(failure(code, message))
}

/** @returns the body of the answer that was given before; sets its status and header */
function replayOf({ status, body }: StoredAnswer, reply: FastifyReply, sealer: Ours['sealer']): string {
  reply.code(status).header('idempotent-replayed', 'true')
  return body && sealer.open(body)
}

/** An answer may hold a secret that is shown this once. */
const sealed = (sealer: Ours['sealer'], text: string) => text && sealer.seal(text)

const hashOf = ({ method, url, body }: FastifyRequest): string =>
  hash('sha256', `${method} ${url}\n${JSON.stringify(body) ?? ''}`)
