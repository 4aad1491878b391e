/** Polar. It tells the code of a discount itself, so there is nothing to ask. */
import { webhooks } from '@polar-sh/sdk/2026-10'
import { DomainError } from '../../core/kit/errors.ts'
import { problemOf } from '../../outbound/provider-api.ts'
import { eventNamed, parseSigned } from '../payload.ts'
import type { Provider } from '../provider.ts'
import { polarBooks } from './facts.ts'
import { parse } from './parse.ts'
import { setup } from './setup.ts'

export const polar: Provider = {
  name: 'polar',
  title: 'Polar',
  setup,
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
  parse,
  books: polarBooks,
  problemOf,
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
