/** Transactions that are tried again as a whole when the database, not the work, made them fail. */
import { setTimeout as pause } from 'node:timers/promises'
import { isConnectionLost, isWaitOver, wasNotSent, wasUndone } from './failure.ts'
import { withLast } from './last.ts'
import type { Db, Tx } from './schema.ts'

const TRIES = 5
const FIRST_PAUSE_MS = 10

/**
 * Runs `work` in one transaction. A deadlock, a serialization failure or a connection that was lost before COMMIT was sent
 * begins again with a fresh transaction, up to five times. So `work` does database work alone: no request, no mail, no counter
 * in memory. What core leaves for the end (last.ts) runs before the commit. Once COMMIT was sent over a connection that broke,
 * nobody knows whether it took effect: that is never repeated.
 * @throws what `work` threw, or the database's last error
 */
export async function retried<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    let worked = false
    try {
      return await db.transaction().execute(async (tx) => {
        const result = await withLast(tx, work)
        worked = true
        return result
      })
    } catch (error) {
      const again = wasUndone(error) || wasNotSent(error) || (!worked && isConnectionLost(error) && !isWaitOver(error))
      if (!again || tried === TRIES) throw error
    }
    // At random, so that two that met do not meet again.
    await pause(FIRST_PAUSE_MS * 2 ** tried * Math.random())
  }
}
