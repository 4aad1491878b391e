/** Refuses what pays money that was held while the clock of this process is wrong: it might not be released yet. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerUnavailable } from './errors.ts'
import { readiness } from './readiness.ts'

export async function requireRightClock(_request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return readiness.clock === undefined ? undefined : answerUnavailable(reply, 'clock_wrong', readiness.clock)
}
