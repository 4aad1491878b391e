/** The tools for AI assistants over Streamable HTTP: the same as over stdio, with the API key as Bearer. Stateless. */
import { createMcpHandler } from '@modelcontextprotocol/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Api, parse, queryOf } from '../../mcp/api.ts'
import { createMcpServer } from '../../mcp/server.ts'
import type { Context } from '../context.ts'
import { findApiKey } from '../core/project/api-key.ts'
import { failure } from '../errors.ts'

export const mcpRoutes =
  ({ config, db }: Context) =>
  async (app: FastifyInstance) => {
    const handler = createMcpHandler(
      ({ authInfo }) => createMcpServer(apiWithin(app, authInfo?.token ?? '', String(authInfo?.extra?.['address']))),
      { onerror: (error) => app.log.debug({ err: error }, 'an MCP request was refused') },
    )
    app.addHook('preClose', () => handler.close())
    // The handler reads the body itself: it knows what to answer to a wrong one.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

    const ownOrigin = new URL(config.publicUrl).origin
    // A browser names the page that asks; only pages of this server's own address may (DNS rebinding).
    app.addHook('onRequest', async (request, reply) => {
      const { origin } = request.headers
      if (origin !== undefined && origin !== ownOrigin)
        return reply.code(403).send(failure('forbidden', `Pages of ${origin.slice(0, 200)} may not call this address`))

      const key = bearerOf(request)
      if (key && (await findApiKey(db, key))) return
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer realm="refgrow"')
        .send(
          failure(
            'unauthorized',
            key ? 'Invalid or revoked API key' : 'Missing API key: send "Authorization: Bearer rgk_..."',
          ),
        )
    })

    app.route({
      method: ['GET', 'POST', 'DELETE'],
      url: '/mcp',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const token = bearerOf(request) ?? ''
        const authInfo = { token, clientId: 'api-key', scopes: [], extra: { address: request.ip } }
        return reply.send(await handler.fetch(toWebRequest(request, reply, config.publicUrl), { authInfo }))
      },
    })
  }

/** The public API in this process, as if the caller had asked it from his own address. */
const apiWithin =
  (app: FastifyInstance, key: string, remoteAddress: string): Api =>
  async ({ method, path, query = {}, body }) => {
    const response = await app.inject({
      method,
      url: `/api/v1${path}${queryOf(query)}`,
      remoteAddress,
      headers: { authorization: `Bearer ${key}` },
      ...(body !== undefined && { payload: body as object }),
    })
    return { status: response.statusCode, body: parse(response.body) }
  }

function toWebRequest(request: FastifyRequest, reply: FastifyReply, publicUrl: string): Request {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, String(value))
  const { method, body } = request
  return new Request(`${publicUrl}/mcp`, {
    method,
    headers,
    signal: gone.signal,
    ...(Buffer.isBuffer(body) && { body: new Uint8Array(body) }),
  })
}

const bearerOf = ({ headers }: FastifyRequest) => /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
