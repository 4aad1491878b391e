/** Asks again and again until the answer is what it should be; an answer that fails is not yet it. */
import { setTimeout as pause } from 'node:timers/promises'

const PATIENCE = 15_000

export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE
  let failure: unknown
  while (performance.now() < deadline) {
    try {
      if (await holds()) return
      failure = undefined
    } catch (error) {
      failure = error
    }
    await pause(20)
  }
  throw new Error(`Expected within ${PATIENCE / 1000} s: ${what}`, { cause: failure })
}
