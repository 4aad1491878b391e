/** Polar: verifies with the official SDK and translates its events of orders, refunds, subscriptions and customers. */
import { webhooks } from '@polar-sh/sdk/2026-10'
import { emailIn } from '../../core/kit/email-address.ts'
import { DomainError } from '../../core/kit/errors.ts'
import type { PaymentEvent } from '../../core/payment/event.ts'
import { codeIn, eventNamed, ignored, optionalId, parseSigned, textOf } from '../payload.ts'
import { couponOf, type PolarEvent, referenceIn, toldBy } from './event.ts'
import { orderPaid, orderRefunded, refund } from './order.ts'
import type { Provider } from '../provider.ts'

export const polar: Provider = {
  name: 'polar',
  /** Standard Webhooks: the event's id is in a header, the same at every attempt; 300 s tolerance. */
  async verify(raw, headers, secret) {
    const signed = Object.fromEntries(
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(headers[name] ?? '')]),
    )
    const event_id = signed['webhook-id']
    if (!event_id) throw new DomainError('wrong_signature', 'Missing webhook-id header')
    signed['webhook-signature'] = canonical(signed['webhook-signature'] ?? '')
    let type: unknown
    try {
      ;({ type } = await webhooks.validateEvent(raw, signed, secret))
    } catch (error) {
      if (error instanceof webhooks.PolarWebhookVerificationError)
        throw new DomainError(
          'wrong_signature',
          `The webhook-signature does not match (${error.message}); check the endpoint's secret`,
        )
      // Rightly signed: Polar turns an endpoint off that rejects what it does not know.
      if (!(error instanceof webhooks.PolarWebhookUnknownTypeError))
        throw new DomainError('invalid_request', 'The body is not a Polar event: expected a JSON object')
      type = parseSigned(raw, 'Polar')['type']
    }
    return eventNamed('Polar', event_id, type, 'the webhook-id header and type')
  },
  parse: (payload) => parsePolar(JSON.parse(payload) as PolarEvent),
}

/** The signatures in their one right spelling: the SDK decodes base64, in which four spellings of the end are the same bytes. */
const canonical = (signatures: string): string =>
  signatures
    .split(' ')
    .filter((signature) => {
      const encoded = signature.slice(signature.indexOf(',') + 1)
      return Buffer.from(encoded, 'base64').toString('base64') === encoded
    })
    .join(' ')

interface Subscription {
  id?: unknown
  status?: string
  cancel_at_period_end?: boolean
  customer_cancellation_reason?: unknown
  customer_id?: unknown
  customer?: { email?: unknown } | null
  checkout_id?: unknown
  discount_id?: unknown
  discount?: { code?: unknown } | null
  metadata?: unknown
}

interface Customer {
  id?: unknown
  email?: unknown
  metadata?: unknown
}

function parsePolar(event: PolarEvent): PaymentEvent {
  switch (event.type) {
    case 'order.paid':
      return orderPaid(event)
    case 'order.refunded':
      return orderRefunded(event)
    case 'refund.created':
    case 'refund.updated':
      return refund(event)
    case 'customer.created':
    case 'customer.updated':
      return customer(event)
    default:
      if (event.type?.startsWith('subscription.')) return subscription(event)
      return ignored(`event type ${event.type} is not used`)
  }
}

function subscription(event: PolarEvent<Subscription>): PaymentEvent {
  const { read, told } = toldBy(event)
  const one = event.data ?? {}
  const ids = {
    customer: optionalId(one.customer_id),
    subscription: read.id(one.id, 'data.id'),
    checkout: optionalId(one.checkout_id),
  }
  if (one.cancel_at_period_end || one.status === 'canceled')
    return { ...told, kind: 'cancellation', ids, reason: textOf(one.customer_cancellation_reason) }
  return {
    ...told,
    kind: one.status === 'trialing' ? 'start' : 'identity',
    ids,
    email: emailIn(one.customer?.email),
    clues: { ...couponOf(one), subscription_metadata: codeIn(one.metadata) ?? referenceIn(one.metadata) },
  }
}

function customer(event: PolarEvent<Customer>): PaymentEvent {
  const { read, told } = toldBy(event)
  return {
    ...told,
    kind: 'identity',
    ids: { customer: read.id(event.data?.id, 'data.id') },
    email: emailIn(event.data?.email),
    clues: { metadata: codeIn(event.data?.metadata) },
  }
}
