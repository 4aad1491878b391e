/** What a Polar checkout link keeps and what Polar sends, typed by its own SDK: Standard Webhooks of API version 2026-10. */
import { createHmac, randomUUID } from 'node:crypto'
import type { webhooks } from '@polar-sh/sdk/2026-10'
import { plans } from '../plans.ts'
import { type Message, type Order, type StandIn, textIn } from './provider.ts'
import { micros } from './shapes.ts'

type Event = webhooks.WebhookOrderPaidPayload | webhooks.WebhookOrderRefundedPayload

interface Paid extends Order {
  orderId: string
  checkoutId: string
  customerId: string
  itemId: string
}

const organization = '00000000-0000-4000-8000-000000000000'

export const polar: StandIn = {
  name: 'polar',
  title: 'Polar',
  codeField: 'metadata.reference_id',
  sends: ['order.paid'],

  open: (query) => ({ email: textIn(query, 'customer_email'), kept: metadataIn(query) }),

  pay(order) {
    const paid: Paid = {
      ...order,
      orderId: randomUUID(),
      checkoutId: randomUUID(),
      customerId: randomUUID(),
      itemId: randomUUID(),
    }
    return {
      messages: [event('order.paid', paid, 0, paid.paidAt)],
      refund: (_, soFar) => [event('order.refunded', paid, soFar, new Date())],
    }
  },

  /** Standard Webhooks, with all of the secret's text as the key. */
  sign({ id, body }, secret) {
    const timestamp = Math.floor(Date.now() / 1000)
    const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')
    return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
  },
}

/** Of the parameters of its checkout links Polar keeps these as metadata, and no others. */
const metadataIn = (query: Record<string, unknown>) =>
  Object.fromEntries(
    ['reference_id', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content']
      .map((name) => [name, textIn(query, name)] as const)
      .filter(([, value]) => value !== ''),
  )

/** @param refunded what went back so far */
function event(type: Event['type'], paid: Paid, refunded: number, at: Date): Message {
  const content: Event = { type, timestamp: micros(at), api_version: '2026-10', data: orderOf(paid, refunded, at) }
  return { id: randomUUID(), type, body: JSON.stringify(content) }
}

function orderOf(paid: Paid, refunded: number, at: Date): Event['data'] {
  const { plan } = paid
  const created_at = micros(paid.paidAt)
  const status = refunded === plan.price ? 'refunded' : refunded > 0 ? 'partially_refunded' : 'paid'
  const number = plans.indexOf(plan) + 1
  const product_id = `00000000-0000-4000-8000-00000000001${number}`
  return {
    id: paid.orderId,
    created_at,
    modified_at: refunded > 0 ? micros(at) : null,
    status,
    paid: true,
    subtotal_amount: plan.price,
    discount_amount: 0,
    net_amount: plan.price,
    tax_amount: 0,
    total_amount: plan.price,
    applied_balance_amount: 0,
    due_amount: plan.price,
    refunded_amount: refunded,
    refunded_tax_amount: 0,
    refundable_amount: plan.price - refunded,
    refundable_tax_amount: 0,
    currency: paid.currency.toLowerCase(),
    billing_reason: 'purchase',
    billing_name: null,
    billing_address: { country: 'US' },
    invoice_number: null,
    is_invoice_generated: false,
    receipt_number: null,
    seats: null,
    units: null,
    customer_id: paid.customerId,
    product_id,
    discount_id: null,
    subscription_id: null,
    checkout_id: paid.checkoutId,
    next_payment_attempt_at: null,
    metadata: paid.kept as Record<string, string>,
    custom_field_data: {},
    platform_fee_amount: 0,
    platform_fee_currency: null,
    customer: {
      id: paid.customerId,
      created_at,
      modified_at: null,
      metadata: {},
      external_id: null,
      email: paid.email,
      email_verified: false,
      type: 'individual',
      name: null,
      billing_name: null,
      billing_address: null,
      tax_id: null,
      locale: 'en',
      organization_id: organization,
      default_payment_method_id: null,
      deleted_at: null,
      first_user_event_at: null,
      avatar_url: null,
    },
    product: {
      id: product_id,
      created_at,
      modified_at: null,
      metadata: {},
      trial_interval: null,
      trial_interval_count: null,
      name: `Halfpage ${plan.name}`,
      description: plan.note,
      visibility: 'public',
      recurring_interval: null,
      recurring_interval_count: null,
      meter_interval: null,
      meter_interval_count: null,
      is_recurring: false,
      is_archived: false,
      organization_id: organization,
    },
    discount: null,
    subscription: null,
    items: [
      {
        id: paid.itemId,
        created_at,
        modified_at: null,
        label: `Halfpage ${plan.name}`,
        amount: plan.price,
        tax_amount: 0,
        proration: false,
        product_price_id: `00000000-0000-4000-8000-00000000002${number}`,
        start_timestamp: null,
        end_timestamp: null,
      },
    ],
    description: `Halfpage ${plan.name}`,
  }
}
