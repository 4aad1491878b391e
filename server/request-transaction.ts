/**
 * One transaction around a whole request: while it is open, the `db` a route was given works inside it, and the transactions
 * the route opens are savepoints of it. So what a request did and the answer it got are committed together.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { sql } from 'kysely'
import type { Db, Tx } from './db/schema.ts'

export interface RequestTransaction {
  tx: Tx
  /** Runs `work`, and all it starts, inside. */
  run(work: () => void): void
  commit(): Promise<void>
  rollback(): Promise<void>
}

interface Open {
  tx: Tx
  closed: boolean
  /** Savepoints of one connection cannot overlap: the next waits for the last. */
  last: Promise<unknown>
}

export function createRequestTransactions(db: Db): { db: Db; begin: () => Promise<RequestTransaction> } {
  const current = new AsyncLocalStorage<Open>()

  const routed = new Proxy(db, {
    get(target, name) {
      const open = current.getStore()
      if (!open || open.closed) return own(target, name)
      return name === 'transaction' ? () => savepoints(open) : own(open.tx, name)
    },
  })

  return {
    db: routed,
    async begin() {
      const tx = await db.startTransaction().execute()
      const open: Open = { tx, closed: false, last: Promise.resolve() }
      return {
        tx,
        run: (work) => current.run(open, work),
        async commit() {
          open.closed = true
          await tx.commit().execute()
        },
        async rollback() {
          open.closed = true
          await tx.rollback().execute()
        },
      }
    },
  }
}

/** Kysely keeps its state in private fields, which a proxy cannot be asked for. */
function own(target: Db, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name, target)
  return typeof value === 'function' ? value.bind(target) : value
}

/** What `db.transaction()` is inside: a savepoint, undone when its work throws. */
function savepoints(open: Open) {
  const execute = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const result = open.last.then(async () => {
      await sql`savepoint step`.execute(open.tx)
      try {
        const value = await work(open.tx)
        await sql`release savepoint step`.execute(open.tx)
        return value
      } catch (error) {
        await sql`rollback to savepoint step`.execute(open.tx)
        await sql`release savepoint step`.execute(open.tx)
        throw error
      }
    })
    open.last = result.catch(() => {})
    return result
  }
  return { execute }
}
