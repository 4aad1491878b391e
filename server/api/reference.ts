/** `/openapi.json` for programs and `/docs/api` for people: the same document, made once, loading nothing from elsewhere. */
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { Context } from '../context.ts'
import { openApiOf } from './openapi.ts'
import { referencePage } from './reference-page.ts'

export const referenceRoutes =
  ({ config }: Context, routes: RouteOptions[], version: string) =>
  async (app: FastifyInstance) => {
    let written: { json: string; page: string } | undefined
    // At the first request: all routes are registered then.
    const write = () => {
      const document = openApiOf(routes, { version, url: config.publicUrl })
      return (written ??= { json: JSON.stringify(document), page: referencePage(document) })
    }

    app.get('/openapi.json', (_request, reply) =>
      reply
        .type('application/json; charset=utf-8')
        .header('access-control-allow-origin', '*')
        .send((written ?? write()).json),
    )
    app.get('/docs/api', (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header(
          'content-security-policy',
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
        )
        .send((written ?? write()).page),
    )
  }
