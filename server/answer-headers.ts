/** Headers that every answer carries, whatever route gave it. */
import type { FastifyInstance } from 'fastify'

const YEAR_SECONDS = 31_536_000

/** @param publicUrl where browsers reach this server: once by https, never again by http */
export const answerHeaders = (publicUrl: string): Record<string, string> => ({
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  ...(publicUrl.startsWith('https:') && { 'strict-transport-security': `max-age=${YEAR_SECONDS}` }),
})

/** A route says itself when its answer may be kept: whatever says nothing may hold a key, a token or somebody's numbers. */
export function setAnswerHeaders(app: FastifyInstance, publicUrl: string): void {
  const headers = answerHeaders(publicUrl)
  // At the beginning, so that routes may say something else.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}
