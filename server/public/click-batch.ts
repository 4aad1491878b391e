/** Clicks that arrive in one turn of the event loop are committed together; each is answered after its commit. */
import { type ClickOutcome, type NewClick, recordClicks } from '../core/click.ts'
import type { Db } from '../db/schema.ts'
import { retried } from '../db/retried.ts'

/** More than this waits for the next commit: SQLite binds 32,766 values a statement, PostgreSQL 65,535. */
const LARGEST_BATCH = 500

export type RecordClick = (click: NewClick) => Promise<ClickOutcome>

interface Waiting {
  click: NewClick
  resolve: (outcome: ClickOutcome) => void
  reject: (error: unknown) => void
}

export function createClickBatch(db: Db): RecordClick {
  let waiting: Waiting[] = []
  let committing = false

  async function commit() {
    committing = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, LARGEST_BATCH)
      waiting = waiting.slice(LARGEST_BATCH)
      try {
        const outcomes = await retried(db, (tx) =>
          recordClicks(
            tx,
            batch.map(({ click }) => click),
          ),
        )
        for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] as ClickOutcome)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    committing = false
  }

  return (click) =>
    new Promise((resolve, reject) => {
      waiting.push({ click, resolve, reject })
      if (!committing && waiting.length === 1) setImmediate(() => void (committing || commit()))
    })
}
