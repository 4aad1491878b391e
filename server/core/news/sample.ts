/** Made-up events for tests of a webhook, in the payloads of the specification ("Webhook Events"). */
import type { Instant } from '../../db/schema.ts'
import type { WebhookEvent } from './feed.ts'

export function samplePayload(event: WebhookEvent, currency: string, now: Instant): Record<string, unknown> {
  const people = {
    referrer: { id: '0', email: 'affiliate@example.com' },
    referred: { id: '0', email: 'customer@example.com' },
  }
  const sale = { id: 'conv_0', amount: 99.99, commission_amount: 20 }
  switch (event) {
    case 'referral_signed_up':
      return { ...people, data: { referral_code: 'TEST', signup_date: now } }
    case 'referral_converted':
      return {
        ...people,
        conversion: {
          ...sale,
          currency,
          commission_type: 'percentage',
          commission_rate: 20,
          payment_processor: 'stripe',
          product_id: 'prod_test',
          order_id: 'order_test',
          conversion_date: now,
        },
      }
    case 'referral_canceled':
      return { ...people, conversion: { ...sale, refund_amount: 99.99, reason: 'Test', canceled_date: now } }
    case 'referral_updated':
      return {
        ...people,
        conversion: {
          ...sale,
          amount_usd: 20,
          base_value: 99.99,
          currency,
          conversion_date: now,
          reference: 'order_test',
        },
      }
  }
}
