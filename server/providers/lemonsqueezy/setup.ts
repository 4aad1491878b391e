/** What a person does at Lemon Squeezy. */
import type { Setup } from '../provider.ts'

export const setup: Setup = {
  where: 'Settings > Webhooks > +',
  events: [
    'order_created',
    'order_refunded',
    'subscription_created',
    'subscription_updated',
    'subscription_cancelled',
    'subscription_expired',
    'subscription_payment_success',
    'subscription_payment_recovered',
    'subscription_payment_refunded',
  ],
  secret: {
    name: 'a signing secret of your own, 6 to 40 characters',
    form: /^[\x21-\x7e]{6,40}$/,
    expected: '6 to 40 characters without spaces',
  },
  apiKey: { form: /^[\x21-\x7e]{8,2000}$/, expected: 'at least 8 characters without spaces' },
}
