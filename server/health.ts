/** `/healthz`: whether the database takes a write. `/readyz`: also whether this process should be given requests. */
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Context } from './context.ts'
import { whyNoWrite } from './db/heartbeat.ts'
import { engineOf } from './db/open.ts'
import { answerUnavailable } from './errors.ts'
import { readiness } from './readiness.ts'

/** However often it is asked, the database is written to once in this time. */
const FRESH_MS = 1000
/** A database that hangs is as bad as one that is gone, and whoever asks does not wait for long. */
const PATIENCE_MS = 3000

export const healthRoutes = (context: Context) => async (app: FastifyInstance) => {
  const problem = createHeartbeat(context)

  app.get('/healthz', async (request, reply) => {
    const reason = await problem()
    if (reason === undefined) return { status: 'ok' }
    request.log.error(`the database ${reason}`)
    return answerUnavailable(reply, 'database_unavailable', `The database ${reason}`)
  })

  app.get('/readyz', async (_request, reply) => {
    if (readiness.draining) return answerUnavailable(reply, 'draining', 'This process is about to end')
    if (readiness.clock !== undefined) return answerUnavailable(reply, 'clock_wrong', readiness.clock)
    const reason = await problem()
    if (reason === undefined) return { status: 'ok' }
    return answerUnavailable(reply, 'database_unavailable', `The database ${reason}`)
  })
}

/** @returns asks why the database takes no write; everyone who asks within a second shares one answer */
function createHeartbeat({ config, db, clock }: Context): () => Promise<string | undefined> {
  const engine = engineOf(config.databaseUrl)
  let beat = { at: Number.NEGATIVE_INFINITY, pending: false, outcome: Promise.resolve<string | undefined>(undefined) }
  return () => {
    if (!beat.pending && performance.now() - beat.at >= FRESH_MS) {
      const outcome = whyNoWrite(db, engine, clock.now())
        .catch((error: unknown) => `fails: ${error instanceof Error ? error.message : String(error)}`)
        .finally(() => (current.pending = false))
      const current = { at: performance.now(), pending: true, outcome }
      beat = current
    }
    return Promise.race([
      beat.outcome,
      pause(PATIENCE_MS, `did not take a write within ${PATIENCE_MS / 1000} seconds`, { ref: false }),
    ])
  }
}
