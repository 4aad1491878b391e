/**
 * How often one network may knock at the door of a program: joining, asking for a code, logging in. Counted in the database on
 * PostgreSQL, so that several processes count together, and in memory on SQLite, where there is one.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from './context.ts'
import { TooOften } from './core/kit/errors.ts'
import { createCounting, type HashAddress, type Limit, networkOf, rateHeaders, standingOf } from './rate-limit.ts'

export interface AskerLimit {
  /** Of the counters. */
  name: string
  limit: number
  seconds: number
}

export interface Askers {
  /** What stands for the network that asks, until midnight UTC: no address is at rest. */
  of: (request: FastifyRequest) => Promise<string>
  /** Counts a request before anything of it is read. */
  limit: (...limits: AskerLimit[]) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

export function createAskers(context: Pick<Context, 'config' | 'db' | 'clock'>, hashAddress: HashAddress): Askers {
  const countIn = createCounting(context)
  const of = async ({ ip }: FastifyRequest) => hashAddress(context.clock.now(), 0, networkOf(ip), '')
  return {
    of,
    limit: (...limits) =>
      async function limitAsker(request, reply) {
        const asker = await of(request)
        const now = context.clock.now()
        const windows: Limit[] = limits.map(({ name, ...window }) => ({ key: `${name} ${asker}`, ...window }))
        const standing = await standingOf(countIn, windows, now)
        if (!standing) return
        reply.headers(rateHeaders(standing))
        if (standing.exceeded)
          throw new TooOften('this network', Math.max(1, standing.resetsAt - Math.floor(Date.parse(now) / 1000)))
      },
  }
}
