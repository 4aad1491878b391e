/** What a person does at Paddle. */
import type { Setup } from '../provider.ts'

export const setup: Setup = {
  where: 'Developer tools > Notifications > New destination, type "Webhook"',
  events: [
    'transaction.completed',
    'adjustment.created',
    'adjustment.updated',
    'customer.created',
    'customer.updated',
    'subscription.created',
    'subscription.updated',
    'subscription.canceled',
  ],
  secret: {
    name: 'the secret key of the destination, pdl_ntfset_...',
    form: /^pdl_ntfset_[\x21-\x7e]{16,300}$/,
    expected: 'pdl_ntfset_ and at least 16 more characters',
    mark: /^pdl_ntfset_/,
  },
  apiKey: { form: /^[\x21-\x7e]{8,2000}$/, expected: 'at least 8 characters without spaces', mark: /_apikey_/ },
}
