/** Where payment providers post: the raw event is stored before it is understood, and answered 200 from then on. */
import type { FastifyInstance } from 'fastify'
import type { Context } from '../context.ts'
import { DomainError } from '../core/kit/errors.ts'
import { storeEvent } from '../core/payment/inbox.ts'
import { parseProjectId } from '../core/project/project.ts'
import { findConnection } from '../core/project/provider-connection.ts'
import { processStoredEvent } from '../providers/intake.ts'
import { providerNamed } from '../providers/registry.ts'
import { retried } from '../db/retried.ts'

export const webhookRoutes =
  ({ db, clock, sealer }: Context) =>
  async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 512 * 1024 }, (_request, body, done) =>
      done(null, body),
    )

    for (const url of ['/webhook/:provider/:projectId', '/api/webhook/:provider/:projectId']) {
      app.post<{ Params: { provider: string; projectId: string } }>(url, async (request) => {
        const provider = providerNamed(request.params.provider)
        const projectId = parseProjectId(request.params.projectId)
        const connection = await retried(db, (tx) => findConnection(tx, projectId, provider.name))
        if (!connection)
          throw new DomainError(
            'provider_not_connected',
            `Project ${projectId} is not connected to ${provider.name}; run "refgrow provider connect"`,
          )

        const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const { event_id, type } = await provider.verify(
          raw,
          request.headers,
          sealer.open(connection.webhook_secret_sealed),
        )
        const event = {
          project_id: projectId,
          provider: provider.name,
          event_id,
          type,
          payload: raw.toString('utf8'),
          received_at: clock.now(),
        }
        const id = await retried(db, (tx) => storeEvent(tx, event))
        if (id === undefined) return { success: true, data: { status: 'duplicate' } }

        // Committed: from here the sale cannot be lost, whatever happens while it is processed.
        const problem = await processStoredEvent({ db, clock, sealer }, id)
        if (problem)
          request.log.warn(
            { provider: provider.name, type, providerEvent: id },
            `provider event stored, but not processed yet: ${problem}`,
          )
        return { success: true, data: { status: problem ? 'stored' : 'processed' } }
      })
    }
  }
