/** A database that fails in the middle of an operation. */
import type { Db, Tx } from '../db/schema.ts'

export const FAILURE = 'the database failed'

/** A transaction in which the k-th query fails after it was carried out; what failed before it is the case of k - 1. */
export function failingAt(tx: Tx, k: number): Tx {
  let queries = 0
  return tx.withPlugin({
    transformQuery: ({ node }) => node,
    // Every query ends here, the prepared ones too.
    transformResult: ({ result }) => {
      queries += 1
      return queries === k ? Promise.reject(new Error(FAILURE)) : Promise.resolve(result)
    },
  })
}

export interface Breaker {
  /** Which query of which transaction from now on fails; null: none. */
  arm: (failure: { transaction: number; query: number } | null) => void
}

/** A database whose transactions fail when they are told to. */
export function brittle(db: Db): { db: Db; breaker: Breaker } {
  let armed: { transaction: number; query: number } | null = null
  const transaction = () => ({
    execute: <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
      if (armed) armed.transaction -= 1
      const query = armed?.transaction === 0 ? armed.query : null
      return db.transaction().execute((tx) => work(query === null ? tx : failingAt(tx, query)))
    },
  })
  const proxy = new Proxy(db, {
    get(target, name) {
      if (name === 'transaction') return transaction
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { db: proxy, breaker: { arm: (failure) => void (armed = failure && { ...failure }) } }
}
