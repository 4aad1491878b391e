/**
 * Compares this process' clock with its database's: while they disagree, `/readyz` says so and jobs that move money pause. A
 * minute apart, because one statement costs nothing and an hour of a wrong clock releases money early.
 */
import { settleAgain } from '../core/ledger/ledger.ts'
import { newestFromFuture } from '../core/news/clock-set-back.ts'
import { clockProblem } from '../db/clock.ts'
import { engineOf } from '../db/open.ts'
import { retried } from '../db/retried.ts'
import type { Instant } from '../db/schema.ts'
import { readiness } from '../readiness.ts'
import type { JobContext } from './job.ts'

/** Said once: the newest event of the future that was warned of. */
let warnedOf: Instant | undefined

export async function compareClocks({ db, config, clock, log }: JobContext, stop: AbortSignal): Promise<void> {
  const before = readiness.clock
  readiness.clock = await clockProblem(db, engineOf(config.databaseUrl), clock)
  if (readiness.clock !== undefined) {
    if (before === undefined) log.error(readiness.clock)
    return
  }
  if (before !== undefined) log.info('the clocks of this machine and its database agree again')

  const now = clock.now()
  const future = await retried(db, (tx) => newestFromFuture(tx, now))
  if (future !== undefined && future !== warnedOf)
    log.warn(`The clock was set back: the newest event was recorded at ${future}, and now it is ${now}`)
  warnedOf = future
  while (!stop.aborted && (await retried(db, (tx) => settleAgain(tx, clock.now()))) > 0);
}
