/** The headers of an outgoing webhook: our own, as documented, and beside them those of Standard Webhooks. */
import { createHmac } from 'node:crypto'
import type { Instant } from '../db/schema.ts'

export interface Message {
  /** Stays the same however often it is sent. */
  delivery: string
  event: string
  body: string
  /** null: unsigned. */
  secret: string | null
  at: Instant
}

export function webhookHeaders({ delivery, event, body, secret, at }: Message): Record<string, string> {
  const timestamp = String(Math.floor(Date.parse(at) / 1000))
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'Refgrow-Webhooks/1.0',
    'X-Refgrow-Event': event,
    'X-Refgrow-Delivery': delivery,
    'X-Refgrow-Timestamp': timestamp,
    'webhook-id': delivery,
    'webhook-timestamp': timestamp,
    ...(secret !== null && {
      'X-Refgrow-Signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      'webhook-signature': `v1,${createHmac('sha256', standardKey(secret))
        .update(`${delivery}.${timestamp}.${body}`)
        .digest('base64')}`,
    }),
  }
}

/** Standard Webhooks: the key is what `whsec_` encodes; a secret of another form is taken as it is ("raw"). */
function standardKey(secret: string): Buffer {
  const encoded = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(secret)?.[1]
  return encoded ? Buffer.from(encoded, 'base64') : Buffer.from(secret)
}

/** For the log: enough of a signature to compare it, too little to send the message again. */
export const withoutSignatures = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      /signature$/i.test(name) ? `${value.slice(0, 13)}...` : value,
    ]),
  )
