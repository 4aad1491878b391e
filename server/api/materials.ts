/** Materials: banners and texts that affiliates find in their dashboard. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import {
  createMaterial,
  deleteMaterial,
  imageAddress,
  type MaterialRow,
  materialsOf,
  type NewMaterial,
} from '../core/dashboard/material.ts'
import { DomainError } from '../core/kit/errors.ts'
import { numeric } from '../core/kit/lenient.ts'
import { listedOf } from '../core/kit/listed.ts'
import { once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import { id, listOf, ok, page, pageOf } from './shapes.ts'
import { retried } from '../db/retried.ts'

const pixels = numeric(
  z.int('expected whole pixels').min(1, 'expected at least 1').max(10_000, 'expected at most 10000'),
)

const NewMaterialBody = z
  .object({
    kind: z.enum(['banner', 'text'], 'expected banner or text'),
    title: z.string().trim().min(1, 'expected a title').max(200),
    text: z
      .string()
      .trim()
      .min(1, 'expected a text')
      .max(5000)
      .optional()
      .describe('Of a text. {{link}} and {{code}} become the affiliate’s'),
    image: z
      .string()
      .max(720_000, 'expected at most 512 KB in base64')
      .optional()
      .describe('Of a banner: PNG, JPEG, GIF, WebP or AVIF in base64, at most 512 KB'),
    url: z
      .url({ protocol: /^https?$/, error: 'expected an address such as https://shop.example.com/banner.png' })
      .max(2000)
      .optional()
      .describe('Of a banner whose image stands elsewhere; width and height are needed then'),
    width: pixels.optional().describe('In CSS pixels; by default the image’s own'),
    height: pixels.optional(),
    position: numeric(z.int('expected a whole number').min(0).max(1_000_000))
      .optional()
      .describe('By default the last'),
  })
  .meta({ examples: [{ kind: 'text', title: 'Short post', text: 'I use it every day: {{link}}' }] })

const Material = z.object({
  id: z.number(),
  kind: z.string(),
  title: z.string(),
  text: z.string().nullable(),
  url: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  position: z.number(),
  created_at: z.string(),
})

const tags = ['Materials']

/** Twice the image in base64 is never needed. */
const BODY_LIMIT = 1024 * 1024

export const materialRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { config, db, clock } = context
  const api = zodRoutes(app)

  api.get(
    '/materials',
    {
      schema: {
        operationId: 'listMaterials',
        summary: 'List materials',
        description: 'In the order of `position`.',
        tags,
        querystring: z.object(pageOf(50)),
        response: { 200: listOf(Material) },
      },
    },
    async (request) => {
      const { limit, offset } = request.query
      const rows = await retried(db, (tx) => materialsOf(tx, request.caller.projectId))
      return page(listedOf(request.query, rows.slice(offset, offset + limit), rows.length), show, request.query)
    },
  )

  api.post(
    '/materials',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        operationId: 'createMaterial',
        summary: 'Create a material',
        description:
          'A text needs `text`; a banner needs `image`, or `url` with `width` and `height`. SVG is refused, because it can carry scripts.',
        tags,
        body: NewMaterialBody,
        response: { 201: ok(Material) },
      },
    },
    async (request, reply) => {
      const material = materialIn(request.body)
      return once(context, request, reply.code(201), async (tx) => {
        const row = await createMaterial(tx, request.caller.projectId, material, clock.now())
        return { success: true as const, data: show(row) }
      })
    },
  )

  api.delete(
    '/materials/:id',
    {
      schema: {
        operationId: 'deleteMaterial',
        summary: 'Delete a material',
        description: 'Cannot be undone: pages that show the banner lose it.',
        tags,
        params: z.object({ id }),
      },
    },
    async (request, reply) => {
      await retried(db, (tx) => deleteMaterial(tx, request.caller.projectId, request.params.id))
      return reply.code(204).send()
    },
  )

  const show = (material: MaterialRow): z.infer<typeof Material> => ({
    id: material.id,
    kind: material.kind,
    title: material.title,
    text: material.text,
    url: imageAddress(material, config.publicUrl),
    width: material.width,
    height: material.height,
    position: material.position,
    created_at: material.created_at,
  })
}

function materialIn({
  kind,
  title,
  text,
  image,
  url,
  width,
  height,
  position,
}: z.infer<typeof NewMaterialBody>): NewMaterial {
  if (kind === 'text') {
    if (text === undefined) throw wrong('text', 'expected the text')
    return { kind, title, text, position }
  }
  if (image !== undefined) return { kind, title, image: bytesOf(image), width, height, position }
  if (url === undefined) throw wrong('image', 'expected an image in base64, or url')
  if (width === undefined || height === undefined) throw wrong('width', 'expected width and height with url')
  return { kind, title, url, width, height, position }
}

function bytesOf(base64: string): Buffer {
  // A data address is what a page has at hand.
  const text = base64.replace(/^data:[^,]{0,100};base64,/, '').replace(/\s/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw wrong('image', 'expected base64')
  return Buffer.from(text, 'base64')
}

const wrong = (field: string, sentence: string) => new DomainError('invalid_request', `${field}: ${sentence}`)
