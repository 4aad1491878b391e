/** Headers that every answer carries, whatever route gave it. */
import type { FastifyInstance } from 'fastify'

export function setAnswerHeaders(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', async () => void (closing = true))

  app.addHook('onSend', (_request, reply, payload, done) => {
    // A client that sent its next request over a connection that is about to be closed would lose it.
    if (closing) reply.header('connection', 'close')
    done(null, payload)
  })
}
