/** What a payment provider is here. A new one is a folder with such an object and a line in registry.ts. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Clues } from '../core/conversion/attribution.ts'
import type { PaymentEvent } from '../core/payment/event.ts'
import type { ProviderKey } from '../core/project/provider-connection.ts'
import type { ProviderTask } from '../db/schema.ts'
import type { Books } from './books.ts'

export interface Provider {
  /** In addresses, options and the database. */
  name: string
  /** As people call it. */
  title: string
  setup: Setup
  /**
   * Checks the signature over the raw body.
   * @throws DomainError 'wrong_signature' | 'invalid_request'
   */
  verify(raw: Buffer, headers: IncomingHttpHeaders, secret: string): Verified | Promise<Verified>
  /** Translates a stored payload. @throws Error when a field it needs is missing or senseless; the event is kept and retried */
  parse(payload: string): PaymentEvent
  /** What to ask its API for, where an event names a discount only by an id. */
  discountQuestion?(payload: unknown, clues: Clues): Question | undefined
  /**
   * What it has on record, for reconciliation.
   * @param live the project takes live payments
   * @throws Error when the key is one for tests, and the project is live
   */
  books(key: ProviderKey, live: boolean): Books | Promise<Books>
  /** What went wrong with its API, in a sentence that never holds the key. */
  problemOf: (error: unknown) => string
  /** The webhook, where its API can make and show it. */
  webhook?: Webhook
  /** What a change here asks for at the provider, where that is possible. */
  tasks?: Tasks
}

export interface Verified {
  /** The provider's id of the event, or what else is the same whenever it is sent again. */
  event_id: string
  type: string
}

/** What a person pastes and ticks at the provider, and brings back from there. */
export interface Setup {
  /** Where the webhook's address is pasted. */
  where: string
  /** Everything we book on, nothing else. */
  events: readonly string[]
  /** Signs the webhooks; `name` is what it is called and looks like at the provider. */
  secret: Form & { name: string }
  apiKey: Form
}

/** What a secret looks like, so that a wrong paste is noticed at once and not by the first event that is refused. */
export interface Form {
  form: RegExp
  /** The form in words. */
  expected: string
  /** Shows that a text is one of these even where another was expected. */
  mark?: RegExp
}

export interface Question {
  /** What is asked about, as the provider calls it. */
  about: string
  /** Each of these has an answer that never changes. */
  keys: string[]
  /** @returns an answer per key it knows */
  ask(key: ProviderKey, timeoutMs: number): Promise<Map<string, Discount>>
}

/** The typed code, and the provider's ids of promotion code and coupon. */
export interface Discount {
  codes: string[]
  ids: string[]
}

export interface Webhook {
  /**
   * Makes it for the address, or takes over the one that is there.
   * @returns undefined when there is none and none may be made
   */
  connect(key: ProviderKey, address: string, mayMake: boolean): Promise<ConnectedWebhook | undefined>
  /** What keeps it from sending what is needed, in sentences. */
  problems(key: ProviderKey, address: string): Promise<string[]>
}

export interface ConnectedWebhook {
  id: string
  /** null: the provider shows it only when the webhook is made. */
  secret: string | null
}

export interface Tasks {
  /** Done twice is done once: a crash may come between the provider and our own note of it. */
  perform(key: ProviderKey, task: Pick<ProviderTask, 'kind' | 'fields'>): Promise<void>
  /** Whether another attempt may help after this error. */
  isPassing(error: unknown): boolean
}
