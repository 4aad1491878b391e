/** What a person does at Polar. */
import type { Setup } from '../provider.ts'

export const setup: Setup = {
  where: 'Settings > Webhooks > Add Endpoint, format "Raw"',
  events: [
    'order.paid',
    'order.refunded',
    'refund.created',
    'refund.updated',
    'customer.created',
    'customer.updated',
    'subscription.created',
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
  ],
  secret: {
    name: "the endpoint's secret",
    form: /^[\x21-\x7e]{8,300}$/,
    expected: 'at least 8 characters without spaces',
    mark: /^polar_whs_/,
  },
  apiKey: { form: /^[\x21-\x7e]{8,2000}$/, expected: 'at least 8 characters without spaces', mark: /^polar_oat_/ },
}
