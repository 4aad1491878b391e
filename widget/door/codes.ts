/** The codes that were asked for. */
import { useSignal, type Signal } from '@preact/signals'
import type { Sent as Answered } from '../visit/access.ts'
import type { Outcome } from '../visit/ask.ts'

export interface Sent {
  address: string
  minutes: number
  /** Counts up, so that a second code is announced like the first. */
  times: number
}

export interface Codes {
  sent: Signal<Sent | null>
  sending: Signal<boolean>
  /** Why none could be sent; empty: it could. */
  problem: Signal<string>
  send: (address: string) => Promise<Outcome>
  forget: () => void
}

/** One request at a time. */
export function useCodes(ask: (address: string) => Promise<Answered>): Codes {
  const sent = useSignal<Sent | null>(null)
  const sending = useSignal(false)
  const problem = useSignal('')

  async function send(address: string): Promise<Outcome> {
    if (sending.value) return { ok: true }
    sending.value = true
    const outcome = await ask(address)
    sending.value = false
    problem.value = outcome.ok ? '' : outcome.code
    const { minutes } = outcome
    if (minutes) sent.value = { address, minutes, times: (sent.value?.times ?? 0) + 1 }
    return outcome
  }
  return { sent, sending, problem, send, forget: () => void (sent.value = null) }
}
