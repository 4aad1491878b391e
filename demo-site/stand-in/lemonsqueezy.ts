/** What a Lemon Squeezy buy link keeps and what Lemon Squeezy sends: JSON:API, without an id of the event. */
import { createHmac, randomInt, randomUUID } from 'node:crypto'
import { formatPrice, plans } from '../plans.ts'
import { type Message, type Order, type StandIn, textIn } from './provider.ts'
import { micros } from './shapes.ts'

const store = 41_000

interface Paid extends Order {
  orderId: number
  identifier: string
  customerId: number
}

export const lemonsqueezy: StandIn = {
  name: 'lemonsqueezy',
  title: 'Lemon Squeezy',
  codeField: 'custom_data.referral_code',
  sends: ['order_created'],

  open: (query) => ({ email: textIn(query, 'checkout[email]'), kept: customIn(query) }),

  pay(order) {
    const paid: Paid = {
      ...order,
      orderId: randomInt(1_000_000, 9_999_999),
      identifier: randomUUID(),
      customerId: randomInt(100_000, 999_999),
    }
    return {
      messages: [event('order_created', paid, 0, paid.paidAt)],
      refund: (_, soFar) => [event('order_refunded', paid, soFar, new Date())],
    }
  },

  sign: ({ type, body }, secret) => ({
    'x-event-name': type,
    'x-signature': createHmac('sha256', secret).update(body).digest('hex'),
  }),
}

/** `checkout[custom][name]=value`, all as text. */
function customIn(query: Record<string, unknown>): Record<string, string> {
  const fields = Object.entries(query).flatMap(([name, value]) => {
    const field = /^checkout\[custom\]\[([^\]]+)\]$/.exec(name)?.[1]
    return field !== undefined && typeof value === 'string' ? [[field, value] as const] : []
  })
  return Object.fromEntries(fields)
}

/** @param refunded what went back so far */
function event(name: 'order_created' | 'order_refunded', paid: Paid, refunded: number, at: Date): Message {
  const custom_data = Object.keys(paid.kept).length > 0 ? { custom_data: paid.kept } : {}
  const meta = { test_mode: true, event_name: name, webhook_id: randomUUID(), ...custom_data }
  const body = JSON.stringify({ meta, data: orderOf(paid, refunded, at) })
  return { id: `${name}-${paid.orderId}-${refunded}`, type: name, body }
}

function orderOf(paid: Paid, refunded: number, at: Date) {
  const { plan, orderId, currency } = paid
  const whole = refunded === plan.price
  const status = whole
    ? { status: 'refunded', status_formatted: 'Refunded' }
    : refunded > 0
      ? { status: 'partial_refund', status_formatted: 'Partial refund' }
      : { status: 'paid', status_formatted: 'Paid' }
  const self = `https://api.lemonsqueezy.com/v1/orders/${orderId}`
  return {
    type: 'orders',
    id: String(orderId),
    attributes: {
      store_id: store,
      customer_id: paid.customerId,
      identifier: paid.identifier,
      order_number: orderId,
      user_name: '',
      user_email: paid.email,
      currency,
      currency_rate: '1.00000000',
      tax_name: '',
      tax_rate: 0,
      tax_inclusive: false,
      ...status,
      refunded: whole,
      refunded_at: refunded > 0 ? micros(at) : null,
      refunded_amount: refunded,
      subtotal: plan.price,
      discount_total: 0,
      tax: 0,
      setup_fee: 0,
      total: plan.price,
      subtotal_usd: plan.price,
      discount_total_usd: 0,
      tax_usd: 0,
      setup_fee_usd: 0,
      total_usd: plan.price,
      refunded_amount_usd: refunded,
      subtotal_formatted: formatPrice(plan.price),
      discount_total_formatted: formatPrice(0),
      tax_formatted: formatPrice(0),
      setup_fee_formatted: formatPrice(0),
      total_formatted: formatPrice(plan.price),
      refunded_amount_formatted: formatPrice(refunded),
      first_order_item: {
        id: orderId * 10,
        order_id: orderId,
        product_id: store + 1,
        variant_id: store + 10 + plans.indexOf(plan),
        price_id: store + 20 + plans.indexOf(plan),
        product_name: 'Halfpage',
        variant_name: plan.name,
        price: plan.price,
        quantity: 1,
        created_at: micros(paid.paidAt),
        updated_at: micros(paid.paidAt),
        test_mode: true,
      },
      urls: { receipt: `https://app.lemonsqueezy.com/my-orders/${paid.identifier}` },
      created_at: micros(paid.paidAt),
      updated_at: micros(at),
      test_mode: true,
    },
    relationships: Object.fromEntries(
      ['store', 'customer', 'order-items', 'subscriptions', 'license-keys', 'discount-redemptions'].map((name) => [
        name,
        { links: { related: `${self}/${name}`, self: `${self}/relationships/${name}` } },
      ]),
    ),
    links: { self },
  }
}
