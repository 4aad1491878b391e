/** What to tick at each payment provider, and where: everything we book on, nothing else. */
import type { ProviderName } from './provider.ts'

export interface Needs {
  /** As people call it. */
  name: string
  /** Where the address is pasted. */
  where: string
  /** What the secret looks like there. */
  secret: string
  events: readonly string[]
  /** What the key for the provider's API is good for; null: nothing. */
  key: string | null
}

export const NEEDS: Record<ProviderName, Needs> = {
  stripe: {
    name: 'Stripe',
    where: 'Workbench > Webhooks > Add destination, payload style "Snapshot"',
    secret: 'the signing secret, whsec_...',
    events: [
      'checkout.session.completed',
      'checkout.session.async_payment_succeeded',
      'invoice.paid',
      'invoice_payment.paid',
      'charge.refunded',
      'refund.created',
      'refund.updated',
      'refund.failed',
      'credit_note.created',
      'charge.dispute.created',
      'charge.dispute.updated',
      'charge.dispute.closed',
      'customer.created',
      'customer.updated',
      'customer.discount.created',
      'customer.subscription.created',
      'customer.subscription.updated',
      'customer.subscription.deleted',
    ],
    key: 'makes the webhook, finds the codes behind discounts, deletes and makes coupons, reconciles',
  },
  paddle: {
    name: 'Paddle',
    where: 'Developer tools > Notifications > New destination, type "Webhook"',
    secret: 'the secret key of the destination, pdl_ntfset_...',
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
    key: 'finds the codes behind discounts, reconciles',
  },
  lemonsqueezy: {
    name: 'Lemon Squeezy',
    where: 'Settings > Webhooks > +',
    secret: 'a signing secret of your own, 6 to 40 characters',
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
    key: 'finds the discount codes of orders, reconciles',
  },
  polar: {
    name: 'Polar',
    where: 'Settings > Webhooks > Add Endpoint, format "Raw"',
    secret: "the endpoint's secret",
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
    key: 'reconciles',
  },
}

export const webhookAddress = (publicUrl: string, provider: string, projectId: number): string =>
  `${publicUrl}/webhook/${provider}/${projectId}`
