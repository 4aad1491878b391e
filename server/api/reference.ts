/** `/openapi.json` for programs and `/docs/api` for people: the same document, made once, loading nothing from elsewhere. */
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { Context } from '../context.ts'
import { type Asset, createAsset, serveAsset } from '../public/scripts/asset.ts'
import { openApiOf } from './openapi.ts'
import { referencePage } from './reference-page.ts'

/** Kept, and asked for again each time: another version of this server answers with another ETag. */
const CACHED = 'no-cache'

export const referenceRoutes =
  ({ config }: Context, routes: RouteOptions[], version: string) =>
  async (app: FastifyInstance) => {
    let written: Promise<{ json: Asset; page: Asset }> | undefined
    // At the first request: all routes are registered then.
    const write = async () => {
      const document = openApiOf(routes, { version, url: config.publicUrl })
      return {
        json: await createAsset(Buffer.from(JSON.stringify(document)), 'application/json; charset=utf-8'),
        page: await createAsset(Buffer.from(referencePage(document)), 'text/html; charset=utf-8'),
      }
    }

    app.get('/openapi.json', async (request, reply) =>
      serveAsset((await (written ??= write())).json, CACHED, request, reply),
    )
    app.get('/docs/api', async (request, reply) => {
      reply.headers({
        'content-security-policy':
          "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
      })
      return serveAsset((await (written ??= write())).page, CACHED, request, reply)
    })
  }
