/** What every route of the REST API has without asking: limits, the key, storable input, answers that are given once. */
import type { FastifyInstance } from 'fastify'
import { requireApiKey } from './auth.ts'
import type { Context } from './context.ts'
import { answerOnce } from './idempotency.ts'
import { refuseUnstorable } from './plain-text.ts'
import type { RateLimiter } from './rate-limit.ts'

/** @param routes gets the context to hand to its routes; its `db` commits a request's work together with its answer */
export const restApi =
  (context: Context, limiter: RateLimiter, routes: (api: FastifyInstance, context: Context) => Promise<void>) =>
  async (api: FastifyInstance): Promise<void> => {
    requireApiKey(api, context, limiter)
    refuseUnstorable(api)
    const db = answerOnce(api, context)
    await routes(api, { ...context, db })
  }
