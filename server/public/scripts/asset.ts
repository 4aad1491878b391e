/** A file for browsers: compressed once, told apart by its content, cached as its address allows. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface Asset {
  type: string
  /** 16 hexadecimal digits of the content's SHA-256: names the version. */
  hash: string
  /** For `<script integrity>`. */
  integrity: string
  bodies: Record<Encoding, Buffer>
}

type Encoding = 'br' | 'gzip' | 'identity'

/** An evergreen address: an hour without asking, and a day more while the new version is fetched behind the page's back. */
export const EVERGREEN = 'public, max-age=3600, stale-while-revalidate=86400'
/** An address that names its content's hash. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

export const SCRIPT = 'text/javascript; charset=utf-8'

/** @throws Error saying how to build, when the file is missing */
export function readAsset(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new Error(`${basename(file)} is missing; run "npm run build" first`)
  }
}

export async function createAsset(identity: Buffer, type: string): Promise<Asset> {
  const br = await promisify(brotliCompress)(identity, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  })
  const gz = await promisify(gzip)(identity, { level: 9 })
  return { type, hash: hashOf(identity), integrity: integrityOf(identity), bodies: { br, gzip: gz, identity } }
}

export const hashOf = (body: Buffer | string): string => createHash('sha256').update(body).digest('hex').slice(0, 16)

export const integrityOf = (body: Buffer): string => `sha384-${createHash('sha384').update(body).digest('base64')}`

export function serveAsset(
  { type, hash, bodies }: Asset,
  cacheControl: string,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const encoding = encodingFor(request.headers['accept-encoding'])
  const etag = `"${hash}-${encoding}"`
  reply.headers({
    'cache-control': cacheControl,
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
    etag,
  })
  if (request.headers['if-none-match']?.split(/\s*,\s*/).some((given) => given.replace(/^W\//, '') === etag))
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
        return [name, parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))] as const
      }),
  )
  return (['br', 'gzip'] as const).find((encoding) => offers.get(encoding) === false) ?? 'identity'
}
