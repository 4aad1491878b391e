/** A database that fails in the middle of an operation. */
import type { Tx } from '../db/schema.ts'

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
