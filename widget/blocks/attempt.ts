/** One action under way: what its button and the sentence beside it need to know. */
import { useSignal, type Signal } from '@preact/signals'
import type { Outcome } from '../visit/ask.ts'

export type Failure = Extract<Outcome, { ok: false }>

export interface Attempt {
  busy: Signal<boolean>
  failure: Signal<Failure | null>
  /** Whether it worked. A second one while the first is under way is none. */
  run: (action: () => Promise<Outcome>) => Promise<boolean>
}

export function useAttempt(): Attempt {
  const busy = useSignal(false)
  const failure = useSignal<Failure | null>(null)

  async function run(action: () => Promise<Outcome>) {
    if (busy.peek()) return false
    busy.value = true
    failure.value = null
    const outcome = await action()
    busy.value = false
    if (!outcome.ok) failure.value = outcome
    return outcome.ok
  }

  return { busy, failure, run }
}
