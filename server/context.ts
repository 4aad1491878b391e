/** What the outer layers hand around: configuration, database, clock, sealer. Core gets none of it but `tx` and `now`. */
import type { Config } from './config.ts'
import type { Db, Instant } from './db/schema.ts'
import type { Sealer } from './secrets.ts'

export interface Context {
  config: Config
  db: Db
  clock: Clock
  sealer: Sealer
}

export interface Clock {
  now(): Instant
}

let millisecond = 0
let written: Instant = ''

/** Writing a date costs more than reading the clock, and many requests share a millisecond. */
export const systemClock: Clock = {
  now() {
    const now = Date.now()
    if (now !== millisecond) written = new Date((millisecond = now)).toISOString()
    return written
  },
}
