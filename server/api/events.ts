/** Events: everything that happened, in order and without gaps, for readers who would rather ask than be called. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { listEvents } from '../core/news/feed.ts'
import type { Event as EventRow } from '../db/schema.ts'
import { zodRoutes } from '../zod-routes.ts'
import { pageOf } from './shapes.ts'
import { retried } from '../db/retried.ts'

const Event = z.object({
  id: z.number().int().describe('Its number in the project: 1, 2, 3, ... without gaps'),
  type: z.string().describe('What happened, such as referral_converted'),
  subject: z.string().describe('What it is about, such as "conversion 12"'),
  created_at: z.string(),
  payload: z.record(z.string(), z.unknown()).describe('In the shape of the webhook of that type'),
})

const { limit, offset } = pageOf(50)

const Query = z.object({ after: offset.describe('The number of the last event you have seen; 0 for all'), limit })

const Page = z.object({
  success: z.literal(true),
  data: z.array(Event),
  pagination: z.object({
    limit: z.number().int(),
    after: z.number().int(),
    next_after: z.number().int().describe('Pass it as `after` next time'),
    has_more: z.boolean(),
  }),
})

export const eventRoutes =
  ({ db }: Context) =>
  async (app: FastifyInstance) => {
    zodRoutes(app).get(
      '/events',
      {
        schema: {
          operationId: 'listEvents',
          summary: 'List events',
          description:
            'Oldest first. Keep `next_after` and ask again with it as `after`: no event is skipped and none comes twice.',
          tags: ['Events'],
          querystring: Query,
          response: { 200: Page },
        },
      },
      async (request) => {
        const { after, limit } = request.query
        const rows = await retried(db, (tx) => listEvents(tx, request.caller.projectId, { after, limit: limit + 1 }))
        const data = rows.slice(0, limit).map(show)
        return {
          success: true as const,
          data,
          pagination: { limit, after, next_after: data.at(-1)?.id ?? after, has_more: rows.length > limit },
        }
      },
    )
  }

const show = ({ seq, type, subject, created_at, payload }: EventRow): z.infer<typeof Event> => ({
  id: seq,
  type,
  subject,
  created_at,
  payload: JSON.parse(payload) as Record<string, unknown>,
})
