/** Lemon Squeezy. */
import { createHash } from 'node:crypto'
import { DomainError } from '../../core/kit/errors.ts'
import { problemOf } from '../../outbound/provider-api.ts'
import { eventNamed, parseSigned } from '../payload.ts'
import type { Provider } from '../provider.ts'
import { isHmac } from '../signature.ts'
import { discountQuestion } from './discount.ts'
import { lemonsqueezyBooks } from './facts.ts'
import { type LemonSqueezyEvent, parse } from './parse.ts'
import { setup } from './setup.ts'

export const lemonsqueezy: Provider = {
  name: 'lemonsqueezy',
  title: 'Lemon Squeezy',
  setup,
  /** `X-Signature`: hex, without a time. Events have no id: the same body is the same event, also when it is sent again by hand. */
  verify(raw, headers, secret) {
    const signature = headers['x-signature']
    if (typeof signature !== 'string') throw new DomainError('wrong_signature', 'Missing X-Signature header')
    if (!isHmac(signature, secret, raw))
      throw new DomainError('wrong_signature', "The X-Signature does not match; check the webhook's signing secret")
    const type = (parseSigned(raw, 'Lemon Squeezy') as LemonSqueezyEvent).meta?.event_name
    return eventNamed('Lemon Squeezy', createHash('sha256').update(raw).digest('hex'), type, 'meta.event_name')
  },
  parse,
  discountQuestion,
  books: lemonsqueezyBooks,
  problemOf,
}
