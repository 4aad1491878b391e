/** What Paddle's overlay keeps and what Paddle Billing sends, typed by its own SDK. */
import { createHmac } from 'node:crypto'
import type {
  CurrencyCode,
  IAdjustmentNotificationResponse,
  ICustomerNotificationResponse,
  ITransactionNotificationResponse,
} from '@paddle/paddle-node-sdk'
import { ulid } from './shapes.ts'
import { type Message, type Order, type StandIn, textIn } from './provider.ts'

/** Paddle tells of a customer once, whatever he buys later. */
const customers = new Map<string, string>()

interface Paid extends Order {
  transactionId: string
  itemId: string
  customerId: string
}

export const paddle: StandIn = {
  name: 'paddle',
  title: 'Paddle',
  codeField: 'custom_data.referral_code',
  sends: ['customer.created', 'transaction.completed'],

  open: (query) => ({ email: textIn(query, 'email'), kept: objectIn(textIn(query, 'custom_data')) }),

  pay(order) {
    const known = customers.get(order.email.toLowerCase())
    const customerId = known ?? ulid('ctm')
    customers.set(order.email.toLowerCase(), customerId)
    const paid: Paid = { ...order, transactionId: ulid('txn'), itemId: ulid('txnitm'), customerId }
    const completed = event('transaction.completed', transactionOf(paid), paid.paidAt)
    return {
      messages: known ? [completed] : [event('customer.created', customerOf(paid), paid.paidAt), completed],
      /** Paddle looks at every refund before it approves it; the stand-in is quick at that. */
      refund(amount, soFar) {
        const at = new Date()
        const id = ulid('adj')
        const whole = soFar === paid.plan.price && amount === soFar
        const adjustment = (status: 'pending_approval' | 'approved') =>
          adjustmentOf(paid, { id, amount, whole, status, at })
        return [
          event('adjustment.created', adjustment('pending_approval'), at),
          event('adjustment.updated', adjustment('approved'), at),
        ]
      },
    }
  },

  sign({ body }, secret) {
    const ts = Math.floor(Date.now() / 1000)
    return { 'paddle-signature': `ts=${ts};h1=${createHmac('sha256', secret).update(`${ts}:${body}`).digest('hex')}` }
  },
}

/** Paddle keeps custom data as it is, as long as it is an object. */
function objectIn(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

function event(event_type: string, data: object, at: Date): Message {
  const id = ulid('evt')
  const notification_id = ulid('ntf')
  const body = JSON.stringify({ event_id: id, event_type, occurred_at: at.toISOString(), notification_id, data })
  return { id, type: event_type, body }
}

const customerOf = ({ customerId, email, paidAt }: Paid): ICustomerNotificationResponse => ({
  id: customerId,
  name: null,
  email,
  marketing_consent: false,
  status: 'active',
  custom_data: null,
  locale: 'en',
  created_at: paidAt.toISOString(),
  updated_at: paidAt.toISOString(),
  import_meta: null,
})

function transactionOf(paid: Paid): ITransactionNotificationResponse {
  const { plan, openedAt, paidAt } = paid
  const currency_code = paid.currency as CurrencyCode
  const amount = String(plan.price)
  const totals = { subtotal: amount, discount: '0', tax: '0', total: amount }
  const at = paidAt.toISOString()
  const product_id = `pro_${plan.id}`
  const price_id = `pri_${plan.id}`
  return {
    id: paid.transactionId,
    status: 'completed',
    customer_id: paid.customerId,
    address_id: null,
    business_id: null,
    custom_data: Object.keys(paid.kept).length > 0 ? paid.kept : null,
    currency_code,
    origin: 'web',
    subscription_id: null,
    invoice_id: null,
    invoice_number: null,
    collection_mode: 'automatic',
    discount_id: null,
    billing_details: null,
    billing_period: null,
    items: [
      {
        price_id,
        price: {
          id: price_id,
          product_id,
          description: plan.name,
          type: 'standard',
          name: plan.name,
          billing_cycle: null,
          trial_period: null,
          tax_mode: 'account_setting',
          unit_price: { amount, currency_code },
          unit_price_overrides: [],
          quantity: { minimum: 1, maximum: 1 },
          status: 'active',
          custom_data: null,
          created_at: openedAt.toISOString(),
          updated_at: openedAt.toISOString(),
        },
        quantity: 1,
        proration: null,
      },
    ],
    details: {
      tax_rates_used: [{ tax_rate: '0', totals }],
      totals: {
        ...totals,
        credit: '0',
        credit_to_balance: '0',
        balance: '0',
        grand_total: amount,
        grand_total_tax: '0',
        fee: null,
        earnings: null,
        currency_code,
      },
      line_items: [
        {
          id: paid.itemId,
          price_id,
          quantity: 1,
          proration: null,
          tax_rate: '0',
          unit_totals: totals,
          totals,
          product: {
            id: product_id,
            name: `Halfpage ${plan.name}`,
            type: 'standard',
            description: plan.note,
            tax_category: 'standard',
            image_url: null,
            custom_data: null,
            status: 'active',
            created_at: openedAt.toISOString(),
            updated_at: openedAt.toISOString(),
          },
        },
      ],
    },
    payments: [],
    checkout: { url: null },
    created_at: openedAt.toISOString(),
    updated_at: at,
    billed_at: at,
    revised_at: null,
  }
}

interface Step {
  id: string
  amount: number
  whole: boolean
  status: 'pending_approval' | 'approved'
  at: Date
}

function adjustmentOf(paid: Paid, { id, amount, whole, status, at }: Step): IAdjustmentNotificationResponse {
  const text = String(amount)
  const currency_code = paid.currency as CurrencyCode
  const totals = { subtotal: text, tax: '0', total: text, fee: '0', earnings: text, currency_code }
  return {
    id,
    action: 'refund',
    type: whole ? 'full' : 'partial',
    transaction_id: paid.transactionId,
    subscription_id: null,
    customer_id: paid.customerId,
    reason: 'requested by the customer',
    credit_applied_to_balance: false,
    currency_code,
    status,
    items: [
      {
        id: id.replace('adj_', 'adjitm_'),
        item_id: paid.itemId,
        type: whole ? 'full' : 'partial',
        amount: text,
        proration: null,
        totals,
      },
    ],
    totals: { ...totals, retained_fee: '0' },
    payout_totals: null,
    created_at: at.toISOString(),
    updated_at: at.toISOString(),
  }
}
