/** What a payment provider has on record, read page by page, each as the event its webhook would have sent. */
import type { PaymentEvent } from '../core/payment/event.ts'

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
}

/** Its pages may take their time; nobody waits except the person who asked. */
export const PAGE_TIMEOUT_MS = 60_000

/** Something may be paid, or given back, long after it was made: so many days are read before the day asked for. */
const OPEN_FOR_DAYS = 45

export const beforehand = (since: number): number => since - OPEN_FOR_DAYS * 86_400

/** @param parse the provider's own translation of the event */
export function factOf(
  parse: (payload: string) => PaymentEvent,
  fact: Pick<Fact, 'event_id' | 'type' | 'at'>,
  event: object,
): Fact {
  const payload = JSON.stringify(event)
  return { ...fact, payload, told: parse(payload) }
}

export const secondsOf = (time: unknown): number => Math.floor(Date.parse(String(time)) / 1000)
