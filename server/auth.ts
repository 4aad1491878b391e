/** Who calls: an API key opens its project. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from './context.ts'
import { findApiKey } from './core/api-key.ts'
import { failure } from './errors.ts'

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

/** Every route of `api` asks for `Authorization: Bearer rgk_...`; writing asks for the scope `write`. */
export function requireApiKey(api: FastifyInstance, { db, clock }: Pick<Context, 'db' | 'clock'>): void {
  api.decorateRequest('caller', null as unknown as Caller)
  api.addHook('onRequest', async (request, reply) => {
    const key = bearerOf(request)
    if (!key)
      return reply.code(401).send(failure('unauthorized', 'Missing API key: send "Authorization: Bearer rgk_..."'))
    const found = await db.transaction().execute((tx) => findApiKey(tx, key, clock.now()))
    if (!found) return reply.code(401).send(failure('unauthorized', 'Invalid or revoked API key'))

    const scopes = found.scopes.split(' ')
    const needed = request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write'
    if (!scopes.includes(needed))
      return reply.code(403).send(failure('forbidden', `This API key lacks the scope "${needed}"`))
    request.caller = { apiKeyId: found.id, projectId: found.project_id, scopes }
  })
}

const bearerOf = (request: FastifyRequest) => /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
