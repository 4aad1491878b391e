/** Tells an open dashboard that it changed: server-sent events in the answer to a POST, so that no identity is in an address. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { DomainError } from '../../core/kit/errors.ts'
import { liveVersions } from '../../core/dashboard/live-version.ts'
import { getProject, parseProjectId } from '../../core/project/project.ts'
import { zodRoutes } from '../../zod-routes.ts'
import { failure } from '../../errors.ts'
import { createLiveHub } from './live-hub.ts'
import { affiliateWhoAsks, identity } from './identity.ts'
import { BODY_LIMIT, dashboardEtag, dashboardOf } from './dashboard.ts'
import { retried } from '../../db/retried.ts'

const LiveBody = z.object(identity)

export const widgetLiveRoutes = (context: Context, lookMs?: number) => async (app: FastifyInstance) => {
  const { config, db, clock, sealer } = context
  const hub = createLiveHub(
    context,
    (error) => app.log.error({ err: error }, 'open dashboards could not be looked at'),
    lookMs,
  )
  app.addHook('preClose', async () => hub.close())

  zodRoutes(app).post(
    '/api/widget/live',
    { bodyLimit: BODY_LIMIT, schema: { body: LiveBody } },
    async ({ body }, reply) => {
      const look = () =>
        retried(db, async (tx) => {
          const now = clock.now()
          const project = await getProject(tx, parseProjectId(body.project_id))
          const { id, email } = await affiliateWhoAsks(tx, project, body, sealer, now)
          // The version first: what changes in between is looked at once more.
          const version = (await liveVersions(tx, [id], now)).get(id)
          const dashboard = await dashboardOf(tx, project, { email, proven: true }, now, config.publicUrl)
          return { affiliateId: id, version, etag: dashboardEtag(dashboard) }
        })
      const read = async () => {
        try {
          return (await look()).etag
        } catch (error) {
          if (error instanceof DomainError) return null
          throw error
        }
      }
      const stream = hub.open({ ...(await look()), read })
      if (stream === 'closing')
        return reply.code(503).send(failure('unavailable', 'The server is going down; try again in a moment'))
      if (stream === 'too_many')
        throw new DomainError('rate_limited', 'Too many open dashboards; ask for changes from time to time instead')
      // Not kept open after the stream: a closing server would wait for the next request.
      reply.headers({ 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no', connection: 'close' })
      return reply.type('text/event-stream; charset=utf-8').send(stream)
    },
  )
}
