/** Polar. It tells the code of a discount itself, so there is nothing to ask. */
import { Webhook, WebhookVerificationError } from 'standardwebhooks'
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
  verify(raw, headers, secret) {
    const signed = Object.fromEntries(
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(headers[name] ?? '')]),
    )
    const event_id = signed['webhook-id']
    if (!event_id) throw new DomainError('wrong_signature', 'Missing webhook-id header')
    const problems = keysIn(secret).map((key) => problemWith(raw, signed, key))
    if (!problems.includes(undefined))
      throw new DomainError(
        'wrong_signature',
        `The webhook-signature does not match (${problems[0]}); check the endpoint's secret`,
      )
    return eventNamed('Polar', event_id, parseSigned(raw, 'Polar')['type'], 'the webhook-id header and type')
  },
  parse,
  books: polarBooks,
  problemOf,
}

/** Polar signs with the secret's own text; a secret in the spelling of Standard Webhooks may be the key it encodes. */
function keysIn(secret: string): Webhook[] {
  const encoded = secret.replace(/^whsec_/, '')
  const keys = [
    Buffer.from(secret),
    ...(/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? [Buffer.from(encoded, 'base64')] : []),
  ]
  return keys.map((key) => new Webhook(key, { format: 'raw' }))
}

/** @returns undefined where the signature is right */
function problemWith(raw: Buffer, signed: Record<string, string>, key: Webhook): string | undefined {
  try {
    key.verify(raw, signed, { jsonParse: false })
    return undefined
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.message
    throw error
  }
}
