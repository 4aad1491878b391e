/**
 * `Idempotency-Key` on every POST: the first answer is kept for 24 hours and given again. The key, the work and the answer are
 * committed in one transaction before the answer leaves, so that a crash at any moment leaves all of them or none.
 */
import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from './context.ts'
import { DomainError } from './core/kit/errors.ts'
import { inProgress, keepAnswer, takeKey } from './core/project/stored-answer.ts'
import { LOCK_NOT_AVAILABLE } from './db/failure.ts'
import type { Db } from './db/schema.ts'
import { createRequestTransactions, type RequestTransaction } from './request-transaction.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The transaction this request's work and answer are committed in. */
    unanswered: { key: string; transaction: RequestTransaction } | null
  }
}

/** @returns the database that the routes of `api` must work with */
export function answerOnce(api: FastifyInstance, { db, clock, sealer }: Context): Db {
  const transactions = createRequestTransactions(db)
  api.decorateRequest('unanswered', null)

  // After the body was read, before it is judged: an answer "400" is kept like any other.
  api.addHook('preValidation', (request, reply, done) => {
    const key = request.headers['idempotency-key']
    if (request.method !== 'POST' || key === undefined) return done()
    void enter(request, reply, String(key), done)
  })

  api.addHook('onSend', async (request, reply, payload) => {
    const { unanswered } = request
    if (!unanswered) return payload
    request.unanswered = null
    const { key, transaction } = unanswered
    if (reply.statusCode >= 500) {
      await transaction.rollback()
      return payload
    }
    try {
      // Sealed: an answer may hold a secret that is shown this once.
      const body = typeof payload === 'string' && payload !== '' ? sealer.seal(payload) : ''
      const answer = { status: reply.statusCode, body }
      await keepAnswer(transaction.tx, request.caller.projectId, key, answer)
      await transaction.commit()
    } catch (error) {
      await transaction.rollback().catch(() => {})
      throw error
    }
    return payload
  })

  return transactions.db

  async function enter(request: FastifyRequest, reply: FastifyReply, key: string, done: (error?: Error) => void) {
    let transaction: RequestTransaction | undefined
    try {
      transaction = await begin(request, reply, key)
    } catch (error) {
      return done(error as Error)
    }
    transaction?.run(done)
  }

  /** @returns undefined when the request was answered with what is stored */
  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string,
  ): Promise<RequestTransaction | undefined> {
    if (!/^[\x20-\x7e]{1,255}$/.test(key))
      throw new DomainError('invalid_request', 'Idempotency-Key: expected 1 to 255 printable ASCII characters')
    const { projectId } = request.caller
    const transaction = await transactions.begin()
    try {
      const stored = await takeKey(transaction.tx, projectId, key, hashOf(request), clock.now()).catch(stillAnswered)
      if (!stored) {
        request.unanswered = { key, transaction }
        return transaction
      }
      await transaction.rollback()
      reply.code(stored.status).header('idempotent-replayed', 'true')
      if (stored.body) reply.type('application/json; charset=utf-8').send(sealer.open(stored.body))
      else reply.send()
      return undefined
    } catch (error) {
      await transaction.rollback().catch(() => {})
      throw error
    }
  }
}

/** PostgreSQL lets the second of two equal keys wait for the first; not for ever, because it holds a connection. */
function stillAnswered(error: unknown): never {
  if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) throw inProgress()
  throw error
}

const hashOf = ({ method, url, body }: FastifyRequest): string =>
  hash('sha256', `${method} ${url}\n${JSON.stringify(body) ?? ''}`)
