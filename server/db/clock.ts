/** Whether this process and its database agree on what time it is. */
import { sql } from 'kysely'
import type { Engine } from './open.ts'
import type { Db, Instant } from './schema.ts'

/** NTP keeps machines within milliseconds; windows and leases of other processes bear this much. */
const TOLERATED_MS = 5000

/** @returns a sentence with both times when they are more than five seconds apart; SQLite has no clock of its own */
export async function clockProblem(db: Db, engine: Engine, clock: { now(): Instant }): Promise<string | undefined> {
  if (engine === 'sqlite') return undefined
  const asked = clock.now()
  const { rows } = await sql<{ at: Instant }>`select clock_timestamp() as at`.execute(db)
  const answered = clock.now()
  const at = rows[0]?.at ?? asked
  // The database looked at its clock some time in between.
  const apart = Math.max(Date.parse(asked) - Date.parse(at), Date.parse(at) - Date.parse(answered))
  if (apart <= TOLERATED_MS) return undefined
  return `The clock of this machine says ${answered}, the clock of its database says ${at}: set both by NTP, because money is released by them`
}
