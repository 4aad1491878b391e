/** The two browser scripts and the languages: compressed once, told apart by content, cached sensibly. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Old addresses on live pages keep working (COMPAT §1). */
const SCRIPTS: Record<string, string[]> = {
  'latest.js': ['/latest.js', '/tracking.js'],
  'page.js': ['/page.js', '/js/page.js', '/embed.js'],
}

/** An evergreen address: an hour without asking, and a day more while the new version is fetched behind the page's back. */
const CACHE = 'public, max-age=3600, stale-while-revalidate=86400'

export interface ScriptFolders {
  dist: string
  locales: string
}

/** @throws Error naming the missing script when the folder was not built */
export const scriptRoutes =
  ({ dist, locales }: ScriptFolders) =>
  async (app: FastifyInstance) => {
    for (const [name, addresses] of Object.entries(SCRIPTS)) {
      const asset = await load(join(dist, name), 'text/javascript; charset=utf-8')
      for (const address of addresses) app.get(address, (request, reply) => serve(asset, request, reply))
    }
    for (const file of readdirSync(locales).filter((name) => name.endsWith('.json'))) {
      const asset = await load(join(locales, file), 'application/json; charset=utf-8')
      app.get(`/locales/${basename(file)}`, (request, reply) => serve(asset, request, reply))
    }
  }

interface Asset {
  type: string
  etag: string
  bodies: Record<Encoding, Buffer>
}

type Encoding = 'br' | 'gzip' | 'identity'

async function load(file: string, type: string): Promise<Asset> {
  const identity = read(file)
  const br = await promisify(brotliCompress)(identity, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  })
  const gz = await promisify(gzip)(identity, { level: 9 })
  return {
    type,
    etag: createHash('sha256').update(identity).digest('base64url').slice(0, 20),
    bodies: { br, gzip: gz, identity },
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new Error(`${basename(file)} is missing; run "npm run build" first`)
  }
}

function serve({ type, etag, bodies }: Asset, request: FastifyRequest, reply: FastifyReply) {
  const encoding = encodingFor(request.headers['accept-encoding'])
  const tag = `"${etag}-${encoding}"`
  reply.headers({
    'cache-control': CACHE,
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'accept-encoding',
    etag: tag,
  })
  if (request.headers['if-none-match']?.split(/\s*,\s*/).some((given) => given.replace(/^W\//, '') === tag))
    return reply.code(304).send()
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  return reply.type(type).send(bodies[encoding])
}

/** The smallest of the encodings that the browser names without refusing them (`br;q=0`). */
function encodingFor(accepted: string | string[] | undefined): Encoding {
  const offers = new Map(
    String(accepted ?? '')
      .split(',')
      .map((offer) => {
        const [name = '', ...parameters] = offer
          .trim()
          .toLowerCase()
          .split(/\s*;\s*/)
        return [name, parameters.includes('q=0') || parameters.includes('q=0.0')] as const
      }),
  )
  return (['br', 'gzip'] as const).find((encoding) => offers.get(encoding) === false) ?? 'identity'
}
