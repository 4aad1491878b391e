/** Clicks that were not counted: how many, whose, and why. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { listUncounted } from '../core/click/not-counted.ts'
import { addDays, dayOf } from '../core/kit/time.ts'
import { retried } from '../db/retried.ts'
import { zodRoutes } from '../zod-routes.ts'
import { id, listOf, page, pageOf } from './shapes.ts'

const Uncounted = z.object({
  day: z.string(),
  affiliate_id: z.number(),
  /** null once the affiliate was deleted. */
  affiliate_code: z.string().nullable(),
  reason: z.enum(['bot', 'frame', 'image', 'fetch', 'prefetch', 'repeat', 'limit', 'dropped']),
  clicks: z.number(),
})

const day = z.iso.date('expected a day such as 2026-11-20')

const Query = z.object({ ...pageOf(100), affiliate_id: id.optional(), from: day.optional(), to: day.optional() })

export const clickRoutes =
  ({ db, clock }: Context) =>
  async (app: FastifyInstance) => {
    zodRoutes(app).get(
      '/clicks/not-counted',
      {
        schema: {
          operationId: 'listNotCountedClicks',
          summary: 'List clicks that were not counted',
          description:
            'Per affiliate, day and reason, newest day first; the last 30 days, unless `from` or `to` (both included) say otherwise. `bot`: a known bot. `frame`, `image`, `fetch`: a page used the link, nobody opened it. `prefetch`: a browser loaded it ahead. `repeat`: the same visitor within `repeat_click_seconds`. `limit`: beyond the requests of one address or for one link in a minute. `dropped`: too many clicks at once, or the database did not answer.',
          tags: ['Clicks'],
          querystring: Query,
          response: { 200: listOf(Uncounted) },
        },
      },
      async (request) => {
        const { to = dayOf(clock.now()), from = addDays(to, -29), ...query } = request.query
        const found = await retried(db, (tx) => listUncounted(tx, request.caller.projectId, { from, to, ...query }))
        return page(found, (row) => row, query)
      },
    )
  }
