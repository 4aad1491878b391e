/** Who calls: an API key opens its project, as often as its limits allow. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from './context.ts'
import { findApiKey, touchApiKey } from './core/project/api-key.ts'
import { failure } from './errors.ts'
import { rateHeaders, type RateLimiter, tooMany } from './rate-limit.ts'
import { retried } from './db/retried.ts'

export interface Caller {
  apiKeyId: number
  projectId: number
  scopes: string[]
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
  }
}

/**
 * Every route of `api` asks for `Authorization: Bearer rgk_...`; writing asks for the scope `write`. A failed attempt counts
 * against the address, and every answer says where the caller stands.
 */
export function requireApiKey(
  api: FastifyInstance,
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  limiter: RateLimiter,
): void {
  api.decorateRequest('caller', null as unknown as Caller)

  api.addHook('onRequest', async (request, reply) => {
    const key = bearerOf(request)
    const found = key ? await findApiKey(db, key) : undefined
    const now = clock.now()
    const standing = await limiter.count(request.ip, found?.id, now)
    if (standing) reply.headers(rateHeaders(standing))
    if (standing?.exceeded) return tooMany(reply, standing.resetsAt - Date.parse(now) / 1000)

    if (!key)
      return reply.code(401).send(failure('unauthorized', 'Missing API key: send "Authorization: Bearer rgk_..."'))
    if (!found) return reply.code(401).send(failure('unauthorized', 'Invalid or revoked API key'))
    const scopes = found.scopes.split(' ')
    const needed = request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write'
    if (!scopes.includes(needed))
      return reply.code(403).send(failure('forbidden', `This API key lacks the scope "${needed}"`))
    request.caller = { apiKeyId: found.id, projectId: found.project_id, scopes }
  })

  // After the answer, and once a minute: no caller waits for it.
  const noted = new Map<number, string>()
  api.addHook('onResponse', async (request) => {
    if (!request.caller) return
    const { apiKeyId } = request.caller
    const now = clock.now()
    const minute = now.slice(0, 'YYYY-MM-DDTHH:mm'.length)
    if (noted.get(apiKeyId) === minute) return
    noted.set(apiKeyId, minute)
    await retried(db, (tx) => touchApiKey(tx, apiKeyId, now)).catch((error: unknown) =>
      request.log.warn({ err: error }, "an API key's last use could not be noted"),
    )
  })
}

const bearerOf = (request: FastifyRequest) => /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
