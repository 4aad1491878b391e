/** Paddle's events as it sends them; only what matters here is named. */
import { createHmac } from 'node:crypto'
import type { Instant } from '../db/schema.ts'

export const PADDLE_SECRET = 'pdl_ntfset_test'

/** What Paddle would post. @param h1 signatures to send instead of the right one */
export function signedByPaddle(
  event: object,
  secret = PADDLE_SECRET,
  at = Math.floor(Date.now() / 1000),
  h1?: string[],
) {
  const payload = JSON.stringify(event)
  const hashes = h1 ?? [paddleHash(payload, secret, at)]
  return { payload, headers: { 'paddle-signature': [`ts=${at}`, ...hashes.map((hash) => `h1=${hash}`)].join(';') } }
}

export const paddleHash = (payload: string, secret: string, at: number): string =>
  createHmac('sha256', secret).update(`${at}:${payload}`).digest('hex')

interface Moment {
  at?: Instant
  customer?: string | null
  subscription?: string | null
}

/** One state of one object at one moment is one event: the same call again is the same event delivered again. */
function event<Data extends { id: string; status?: string }>(
  type: string,
  data: Data,
  at: Instant = '2026-11-20T12:00:00.000Z',
) {
  const name = [type, data.id, data.status, at].filter(Boolean).join('_')
  return { event_id: `evt_${name}`, event_type: type, occurred_at: at, notification_id: `ntf_${name}`, data }
}

export interface PaddleTransaction extends Moment {
  id: string
  /** After discounts, with tax. */
  total: number
  tax?: number
  /** How much of the total earlier credit paid. */
  credit?: number
  currency?: string
  origin?: string
  code?: string
  discount?: string
  product?: string
  type?: 'transaction.completed' | 'transaction.paid'
}

export function paddleTransaction({ id, total, tax = 0, credit = 0, currency = 'USD', ...more }: PaddleTransaction) {
  const { type = 'transaction.completed', origin = 'web', product = 'pro_1', at } = more
  const totals = {
    subtotal: String(total - tax),
    discount: '0',
    tax: String(tax),
    total: String(total),
    credit: String(credit),
    credit_to_balance: '0',
    balance: '0',
    grand_total: String(total - credit),
    currency_code: currency,
  }
  return event(
    type,
    {
      id,
      status: type.slice('transaction.'.length),
      origin,
      customer_id: more.customer ?? null,
      subscription_id: more.subscription ?? null,
      invoice_id: null,
      discount_id: more.discount ?? null,
      currency_code: currency,
      custom_data: more.code ? { referral_code: more.code } : null,
      items: [{ price: { id: 'pri_1', product_id: product }, quantity: 1, proration: null }],
      details: { totals, line_items: [{ id: `txnitm_${id}`, product: { id: product }, totals }] },
    },
    at,
  )
}

export interface PaddleAdjustment extends Moment {
  id: string
  transaction: string
  /** With tax. */
  total: number
  tax?: number
  currency?: string
  action?: string
  status?: string
  type?: 'adjustment.created' | 'adjustment.updated'
}

export function paddleAdjustment({ id, transaction, total, tax = 0, currency = 'USD', ...more }: PaddleAdjustment) {
  const { action = 'refund', status = 'approved', type = 'adjustment.created', at } = more
  return event(
    type,
    {
      id,
      status,
      action,
      type: 'partial',
      reason: 'requested_by_customer',
      transaction_id: transaction,
      customer_id: more.customer ?? null,
      subscription_id: more.subscription ?? null,
      currency_code: currency,
      totals: { subtotal: String(total - tax), tax: String(tax), total: String(total), currency_code: currency },
    },
    at,
  )
}

export const paddleCustomer = (id: string, email: string, { at }: Moment = {}) =>
  event('customer.created', { id, status: 'active', email, name: null, custom_data: null }, at)

export interface PaddleSubscription extends Moment {
  subscription: string
  status?: 'trialing' | 'active' | 'past_due' | 'paused' | 'canceled'
  /** Only subscription.created names it. */
  transaction?: string
  code?: string
  endsAt?: Instant
  type?: string
}

export function paddleSubscription({ subscription, status = 'active', code, endsAt, ...more }: PaddleSubscription) {
  const { type = 'subscription.created', transaction, at } = more
  const scheduled_change = endsAt ? { action: 'cancel', effective_at: endsAt, resume_at: null } : null
  return event(
    type,
    {
      id: subscription,
      status,
      customer_id: more.customer ?? null,
      ...(transaction && { transaction_id: transaction }),
      custom_data: code ? { referral_code: code } : null,
      discount: null,
      scheduled_change,
    },
    at,
  )
}
