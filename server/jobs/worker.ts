/** Runs the schedule: each job alone, again after its pause; a failing job is logged and tried again. */
import type { FastifyBaseLogger } from 'fastify'
import type { Context } from '../context.ts'
import { readiness } from '../readiness.ts'
import { SCHEDULE } from './schedule.ts'
import { type Job, type JobContext } from './job.ts'

/** @returns stop: waits for the running jobs to end and starts no more */
export function startWorker(
  context: Context,
  log: FastifyBaseLogger,
  schedule: Job[] = SCHEDULE,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const loops = schedule.map((job) => loop(job, { ...context, log }, stopping.signal))
  return {
    async stop() {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}

async function loop(job: Job, context: JobContext, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    try {
      if (!(job.movesMoney && readiness.clock !== undefined)) await job.run(context, stop)
    } catch (error) {
      context.log.error({ err: error, job: job.name }, 'job failed')
    }
    await pause(job.everySeconds * 1000, stop)
  }
}

const pause = (ms: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (stop.aborted) return resolve()
    const timer = setTimeout(done, ms)
    stop.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
  })
