/** Paddle Billing. */
import { DomainError } from '../../core/kit/errors.ts'
import { problemOf } from '../../outbound/provider-api.ts'
import { eventNamed, parseSigned } from '../payload.ts'
import type { Provider } from '../provider.ts'
import { isHmac } from '../signature.ts'
import { discountQuestion } from './discount.ts'
import { paddleBooks } from './facts.ts'
import { parse } from './parse.ts'
import { setup } from './setup.ts'

/** How long a request may take on its way, and how far the clocks may differ. */
const TOLERANCE_SECONDS = 300

export const paddle: Provider = {
  name: 'paddle',
  title: 'Paddle',
  setup,
  /**
   * `Paddle-Signature: ts=...;h1=...`, with one h1 per secret while a secret is exchanged. Not by Paddle's SDK: it rejects
   * what took 5 s, reads only the last h1, and neither can be changed.
   */
  verify(raw, headers, secret) {
    const signature = headers['paddle-signature']
    if (typeof signature !== 'string') throw new DomainError('wrong_signature', 'Missing Paddle-Signature header')
    const parts = signature.split(';').map((part) => part.trim())
    const ts = parts.find((part) => part.startsWith('ts='))?.slice(3) ?? ''
    const hashes = parts.filter((part) => part.startsWith('h1=')).map((part) => part.slice(3))
    if (!hashes.some((hash) => isHmac(hash, secret, `${ts}:`, raw)))
      throw new DomainError(
        'wrong_signature',
        'The Paddle-Signature does not match; check the secret key of the notification destination (pdl_ntfset_...)',
      )
    // Written so that a time that is no number is too far away as well.
    if (!(Math.abs(Date.now() / 1000 - Number(ts)) <= TOLERANCE_SECONDS))
      throw new DomainError(
        'wrong_signature',
        `The Paddle-Signature is more than ${TOLERANCE_SECONDS} s away from this server's time; check its clock`,
      )
    const { event_id, event_type } = parseSigned(raw, 'Paddle')
    return eventNamed('Paddle', event_id, event_type, 'event_id and event_type')
  },
  parse,
  discountQuestion,
  books: paddleBooks,
  problemOf,
}
