/** A recurring job, and what it is given. */
import type { FastifyBaseLogger } from 'fastify'
import type { Context } from '../context.ts'

export interface JobContext extends Context {
  log: FastifyBaseLogger
}

export interface Job {
  name: string
  everySeconds: number
  /** Books or sends money: it pauses while the clock of this process is wrong. */
  movesMoney?: true
  /** Long runs end early when `stop` is aborted. */
  run(context: JobContext, stop: AbortSignal): Promise<void>
}
