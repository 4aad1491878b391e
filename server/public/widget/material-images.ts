/** Banners as pages of affiliates embed them: an image under an address that names its content. */
import type { FastifyInstance } from 'fastify'
import type { Context } from '../../context.ts'
import { getImage } from '../../core/dashboard/material.ts'
import { DomainError } from '../../core/kit/errors.ts'
import { IMMUTABLE } from '../scripts/asset.ts'
import { retried } from '../../db/retried.ts'

export const materialImageRoutes =
  ({ db }: Pick<Context, 'db'>) =>
  async (app: FastifyInstance) => {
    app.get<{ Params: { id: string; hash: string } }>('/materials/:id/:hash', async ({ params, headers }, reply) => {
      const { id, hash } = params
      if (!/^[1-9]\d{0,14}$/.test(id) || !/^[0-9a-f]{16}$/.test(hash))
        throw new DomainError('material_not_found', 'No such material')
      const { content_type, image } = await retried(db, (tx) => getImage(tx, Number(id), hash))
      const etag = `"${hash}"`
      reply.headers({
        'cache-control': IMMUTABLE,
        etag,
        // Whatever the bytes are, they are an image and nothing else.
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cross-origin-resource-policy': 'cross-origin',
        'access-control-allow-origin': '*',
      })
      if (headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.type(content_type).send(Buffer.from(image.buffer, image.byteOffset, image.byteLength))
    })
  }
