/** What every payment provider offers: verify the raw bytes, then translate the payload into core's words. */
import type { IncomingHttpHeaders } from 'node:http'
import type { PaymentEvent } from '../core/payment/event.ts'

/** Apart from the providers themselves, whose SDKs take their time to load. */
export const PROVIDER_NAMES = ['stripe', 'paddle', 'lemonsqueezy', 'polar'] as const
export type ProviderName = (typeof PROVIDER_NAMES)[number]

export interface Verified {
  /** The provider's id of the event, or what else is the same whenever it is sent again. */
  event_id: string
  type: string
}

export interface Provider {
  name: ProviderName
  /**
   * Checks the signature over the raw body.
   * @throws DomainError 'wrong_signature' | 'invalid_request'
   */
  verify(raw: Buffer, headers: IncomingHttpHeaders, secret: string): Verified | Promise<Verified>
  /** Translates a stored payload. @throws Error when a field it needs is missing or senseless; the event is kept and retried */
  parse(payload: string): PaymentEvent
}
