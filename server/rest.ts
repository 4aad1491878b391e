/** What every route of the REST API has without asking: limits, the key, storable input, answers that are given once. */
import type { FastifyInstance } from 'fastify'
import { requireApiKey } from './auth.ts'
import type { Context } from './context.ts'
import { answerOnce } from './idempotency.ts'
import { refuseUnstorable } from './plain-text.ts'
import type { RateLimiter } from './rate-limit.ts'

export const restApi =
  (context: Context, limiter: RateLimiter, routes: (api: FastifyInstance) => Promise<void>) =>
  async (api: FastifyInstance): Promise<void> => {
    requireApiKey(api, context, limiter)
    refuseUnstorable(api)
    answerOnce(api, context)
    await routes(api)
  }
