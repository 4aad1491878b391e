/** What a payment provider has on record, read page by page, each as the event its webhook would have sent. */
import type { PaymentEvent } from '../core/payment/event.ts'
import type { Provider } from './provider.ts'

export interface Fact {
  /** For the inbox: the same fact in the same state has the same id. */
  event_id: string
  type: string
  payload: string
  told: PaymentEvent
  /** Seconds since 1970. */
  at: number
}

export interface Books {
  /** Payments since then, seconds since 1970; in no order. */
  sales: (since: number) => AsyncIterable<Fact>
  /** Refunds since then, each in its present state. */
  refunds: (since: number) => AsyncIterable<Fact>
  /** Whether the provider has what a recorded sale names, and it was paid. */
  wasPaid: (externalId: string) => Promise<boolean>
  /** Which sale a payment was for, where refunds do not say so; undefined where nothing does. */
  joinOf?: (payment: string) => Promise<Fact | undefined>
  /** An error in a sentence that never holds the key. */
  problemOf: (error: unknown) => string
}

/** Something may be paid, or given back, long after it was made: so many days are read before the day asked for. */
export const OPEN_FOR_DAYS = 45

export const beforehand = (since: number): number => since - OPEN_FOR_DAYS * 86_400

export function factOf(provider: Provider, fact: Pick<Fact, 'event_id' | 'type' | 'at'>, event: object): Fact {
  const payload = JSON.stringify(event)
  return { ...fact, payload, told: provider.parse(payload) }
}

export const secondsOf = (time: unknown): number => Math.floor(Date.parse(String(time)) / 1000)
