/**
 * What a transaction does last. Rows that many transactions share (an affiliate's counters, a project's feed number) are locked
 * right before the commit and always in the same order, however early the work needed them: locked when they came up, a sale
 * and a denial of the same affiliate waited for each other (24 of 240 deadlocked).
 */
import type { Tx } from './schema.ts'

export interface Last<Item> {
  /** Lower goes first. */
  order: number
  run(tx: Tx, items: Item[]): Promise<void>
}

interface Pile {
  order: number
  items: unknown[]
  run: (tx: Tx) => Promise<void>
}

const waiting = new WeakMap<Tx, Map<object, Pile>>()

/** Does it right before the commit, with everything of the same kind; at once where nobody collects (see `retried`). */
export async function doLast<Item>(tx: Tx, what: Last<Item>, items: Item[]): Promise<void> {
  if (items.length === 0) return
  const piles = waiting.get(tx)
  if (!piles) return what.run(tx, items)
  const pile = piles.get(what)
  if (pile) return void pile.items.push(...items)
  const own = [...items]
  piles.set(what, { order: what.order, items: own, run: (inside) => what.run(inside, own) })
}

/** Runs `work`, and after it what was left for the end. */
export async function withLast<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  const piles = new Map<object, Pile>()
  waiting.set(tx, piles)
  try {
    const result = await work(tx)
    waiting.delete(tx)
    for (const { run } of [...piles.values()].sort((a, b) => a.order - b.order)) await run(tx)
    return result
  } finally {
    waiting.delete(tx)
  }
}
