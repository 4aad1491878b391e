/**
 * Translates Lemon Squeezy's events. The first payment of a subscription is told three times:
 * by its order, by subscription_created, and by its first invoice, in any order. The order is the sale; the subscription and
 * the first invoice, which do not name each other's ids, only join what belongs together. All later payments are invoices.
 */
import { emailIn } from '../../core/kit/email-address.ts'
import type { PaymentEvent, Refund } from '../../core/payment/event.ts'
import { codeIn, ignored, optionalId, type Reader, readerOf } from '../payload.ts'

export const parse = (payload: string): PaymentEvent => translate(JSON.parse(payload) as LemonSqueezyEvent)

export interface LemonSqueezyEvent {
  meta?: { event_name?: string; test_mode?: boolean; custom_data?: unknown } | null
  data?: { type?: string; id?: unknown; attributes?: Attributes | null } | null
}

/** Of orders, subscriptions and subscription invoices; which of them a field belongs to is in the documentation of each. */
interface Attributes {
  status?: string
  customer_id?: unknown
  user_email?: unknown
  test_mode?: boolean
  created_at?: unknown
  updated_at?: unknown
  order_id?: unknown
  subscription_id?: unknown
  billing_reason?: string
  product_id?: unknown
  first_order_item?: { product_id?: unknown } | null
  currency?: unknown
  total?: unknown
  tax?: unknown
  refunded?: boolean | null
  refunded_amount?: unknown
  refunded_at?: unknown
}

function translate(event: LemonSqueezyEvent): PaymentEvent {
  const name = event.meta?.event_name
  switch (name) {
    case 'order_created':
      return orderCreated(event)
    case 'order_refunded':
      return orderRefunded(event)
    // Both of them tell of a payment that succeeded at a later attempt.
    case 'subscription_payment_success':
    case 'subscription_payment_recovered':
      return invoicePaid(event)
    case 'subscription_payment_refunded':
      return invoiceRefunded(event)
    case 'subscription_payment_failed':
      return ignored('nothing was paid')
    default:
      return event.data?.type === 'subscriptions' ? subscription(event) : ignored(`event ${name} is not used`)
  }
}

/** What every translated event says. @param at the moment of the event: there is none but those of the object */
function toldBy({ meta, data }: LemonSqueezyEvent, at: 'created_at' | 'updated_at' | 'refunded_at') {
  const read = readerOf(`Lemon Squeezy ${meta?.event_name}`)
  const object = data?.attributes ?? {}
  const told = {
    provider: 'lemonsqueezy',
    test: Boolean(meta?.test_mode ?? object.test_mode),
    occurred_at: read.instant(object[at] ?? object.updated_at ?? object.created_at, `data.attributes.${at}`),
  }
  const person = { email: emailIn(object.user_email), clues: { metadata: codeIn(meta?.custom_data) } }
  return { read, told, object, id: read.id(data?.id, 'data.id'), customer: optionalId(object.customer_id), person }
}

/** Its `total` is net of discounts, with tax. An order does not tell whether it began a subscription. */
function orderCreated(event: LemonSqueezyEvent): PaymentEvent {
  const { read, told, object, id, customer, person } = toldBy(event, 'created_at')
  const sale = { ...told, ids: { customer, payment: id }, ...person }
  if (object.status === 'failed' || object.status === 'fraudulent') return ignored(`the order is ${object.status}`)
  if (object.status === 'pending') return { ...sale, kind: 'identity' }

  const money = moneyOf(object, read)
  if (money.gross <= 0) return { ...sale, kind: 'start' }
  return {
    ...sale,
    ...money,
    kind: 'payment',
    external_id: id,
    product_id: optionalId(object.first_order_item?.product_id),
    payment_kind: 'one_time',
  }
}

/** The first invoice is the order's payment; all others are sales of their own. Which product they are for is not told. */
function invoicePaid(event: LemonSqueezyEvent): PaymentEvent {
  const { read, told, object, customer, person } = toldBy(event, 'updated_at')
  const ids = invoiceIds(event, read)
  const sale = { ...told, ids: { customer, ...ids }, ...person }
  const money = moneyOf(object, read)
  if (object.billing_reason === 'initial' || money.gross <= 0) return { ...sale, kind: 'identity' }
  return {
    ...sale,
    ...money,
    kind: 'payment',
    external_id: `invoice-${ids.invoice}`,
    product_id: null,
    payment_kind: object.billing_reason === 'updated' ? 'upgrade' : 'renewal',
  }
}

function orderRefunded(event: LemonSqueezyEvent): PaymentEvent {
  const { read, told, object, id, customer } = toldBy(event, 'refunded_at')
  return { ...told, ...refunded(object, read), ids: { customer, payment: id }, external_id: null, cumulative: true }
}

/** The refund of a first payment may be told by its order as well: both tell the sum so far of one sale. */
function invoiceRefunded(event: LemonSqueezyEvent): PaymentEvent {
  const { read, told, object, customer } = toldBy(event, 'refunded_at')
  const ids = invoiceIds(event, read)
  return { ...told, ...refunded(object, read), ids: { customer, ...ids }, external_id: null, cumulative: true }
}

/** A canceled subscription runs until it expires; both only end it. */
function subscription(event: LemonSqueezyEvent): PaymentEvent {
  const { told, object, id, customer, person } = toldBy(event, 'updated_at')
  const ids = { customer, subscription: id, payment: optionalId(object.order_id), checkout: firstPaymentOf(id) }
  const name = event.meta?.event_name
  if (name === 'subscription_cancelled' || name === 'subscription_expired')
    return { ...told, kind: 'cancellation', ids, reason: object.status ?? null }
  const product_id = optionalId(object.product_id)
  return { ...told, kind: object.status === 'on_trial' ? 'start' : 'identity', ids, ...person, product_id }
}

function invoiceIds({ data }: LemonSqueezyEvent, read: Reader) {
  const subscription = read.id(data?.attributes?.subscription_id, 'data.attributes.subscription_id')
  const isFirst = data?.attributes?.billing_reason === 'initial'
  return {
    subscription,
    invoice: read.id(data?.id, 'data.id'),
    checkout: isFirst ? firstPaymentOf(subscription) : null,
  }
}

/** Neither the order nor the first invoice names the other; both the subscription and the invoice can name this. */
const firstPaymentOf = (subscription: string) => `first payment of subscription ${subscription}`

function moneyOf({ total, tax, currency }: Attributes, read: Reader) {
  return {
    gross: read.minor(total, 'data.attributes.total'),
    tax: read.minor(tax, 'data.attributes.tax'),
    shipping: 0,
    currency: read.currency(currency, 'data.attributes.currency'),
  }
}

/** `refunded_amount` is everything so far, with tax; older payloads only say that all was refunded. */
function refunded(
  object: Attributes,
  read: Reader,
): Pick<Refund, 'kind' | 'amount' | 'currency' | 'of' | 'state' | 'reason'> {
  const of = read.minor(object.total, 'data.attributes.total')
  const amount = object.refunded && !object.refunded_amount ? of : object.refunded_amount
  return {
    kind: 'refund',
    amount: read.minor(amount, 'data.attributes.refunded_amount'),
    currency: read.currency(object.currency, 'data.attributes.currency'),
    of,
    state: 'done',
    reason: null,
  }
}
