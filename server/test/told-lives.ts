/** One life as each payment provider tells it: its events in the order of what happened, and how they are signed. */
import { hash } from 'node:crypto'
import Stripe from 'stripe'
import type { ProviderName } from '../providers/registry.ts'
import {
  LEMONSQUEEZY_SECRET,
  lemonSqueezyInvoice,
  lemonSqueezyOrder,
  lemonSqueezySubscription,
  signedByLemonSqueezy,
} from './lemonsqueezy-events.ts'
import { afterPaid, dayAt, type Life, type PaidOnce, paidAt, type Posted } from './life-cycle.ts'
import {
  PADDLE_SECRET,
  paddleAdjustment,
  paddleCustomer,
  paddleSubscription,
  paddleTransaction,
  signedByPaddle,
} from './paddle-events.ts'
import {
  POLAR_SECRET,
  polarCustomer,
  polarOrder,
  polarRefund,
  polarSubscription,
  signedByPolar,
} from './polar-events.ts'
import { checkout, WEBHOOK_SECRET } from './programme.ts'
import * as stripe from './stripe-events.ts'

export interface Teller {
  secret: string
  /** @param mark seven digits, in every id, code and address of this life */
  tell: (life: Life, mark: string) => object[]
  sign: (event: object) => Posted
}

const emailOf = (mark: string) => `buyer-${mark}@customers.test`
const codeOf = (mark: string) => `C${mark}`

/** The day of each step of what went back, and everything so far. */
function stepsOf({ back }: PaidOnce) {
  let sum = 0
  return back.map((amount, index) => ({ amount, sum: (sum += amount), day: 3 + index, index }))
}

function byStripe(life: Life, mark: string): object[] {
  const shape = life.way % 2 ? ('old' as const) : ('new' as const)
  const [customer, subscription, code] = [`cus_${mark}`, `sub_${mark}`, codeOf(mark)]
  const email = emailOf(mark)
  const start = dayAt(0)
  const events: object[] = [stripe.customer({ id: customer, email, at: start })]

  const [first] = life.payments
  if (life.once && first) {
    const amount = first.net + first.tax
    const sent = checkout({ id: mark, amount, tax: first.tax, code, email, at: paidAt(0) })
    if (life.way < 3) return [...events, sent, ...stripeReturns(life, first, 0, mark, shape)]
    // With invoice_creation the same sale is told twice.
    const session = { ...sent.data.object, customer, invoice: `in_${mark}_0` }
    const billed = { ...life, once: false, trial: true, codeOnce: true }
    return [...events, { ...sent, data: { object: session } }, ...stripeInvoices(billed, mark, shape, 'manual')]
  }
  const metadata: Record<string, string> = life.codeOnce ? {} : { referral_code: code }
  const invoice = life.trial ? `in_${mark}_trial` : `in_${mark}_0`
  const amount = life.trial ? 0 : (first?.net ?? 0) + (first?.tax ?? 0)
  const begun = { at: life.trial ? start : paidAt(0), shape }
  const status = life.trial ? 'trialing' : 'active'
  events.push(
    stripe.subscriptionCheckout({ id: mark, amount, code, email, customer, subscription, invoice, ...begun }),
    stripe.subscription({ id: subscription, status, customer, invoice, metadata, ...begun }),
  )
  if (life.trial)
    events.push(
      stripe.invoicePaid({
        id: invoice,
        total: 0,
        reason: 'subscription_create',
        customer,
        subscription,
        email,
        ...begun,
      }),
    )
  events.push(...stripeInvoices(life, mark, shape))
  if (life.canceled)
    events.push(
      stripe.subscription({ id: subscription, type: 'deleted', status: 'canceled', customer, at: dayAt(100) }),
    )
  return events
}

function stripeInvoices(life: Life, mark: string, shape: 'old' | 'new', reason?: 'manual'): object[] {
  const metadata: Record<string, string> = life.codeOnce ? {} : { referral_code: codeOf(mark) }
  return life.payments.flatMap((paid, n) => {
    const [id, payment, charge] = [`in_${mark}_${n}`, `pi_${mark}_${n}`, `ch_${mark}_${n}`]
    const subscription = reason ? null : `sub_${mark}`
    const later = paid.upgrade ? ('subscription_update' as const) : ('subscription_cycle' as const)
    const facts = {
      id,
      total: paid.net + paid.tax,
      tax: paid.tax,
      reason: reason ?? (n === 0 && !life.trial ? ('subscription_create' as const) : later),
      customer: `cus_${mark}`,
      subscription,
      email: life.shy ? null : emailOf(mark),
      payment,
      charge,
      metadata,
      product: 'pro',
      at: paidAt(n),
      shape,
    }
    const joined = shape === 'new' ? [stripe.invoicePaymentPaid({ invoice: id, payment, at: paidAt(n), shape })] : []
    return [stripe.invoicePaid(facts), ...joined, ...stripeReturns(life, paid, n, mark, shape)]
  })
}

function stripeReturns(life: Life, paid: PaidOnce, n: number, mark: string, shape: 'old' | 'new'): object[] {
  const bare = life.once && life.way < 3
  const payment = bare ? `pi_${mark}` : `pi_${mark}_${n}`
  const charge = `ch_${mark}_${n}`
  const amount = paid.net + paid.tax
  const charged = {
    charge,
    payment,
    amount,
    shape,
    ...(!bare && { customer: `cus_${mark}`, invoice: `in_${mark}_${n}` }),
  }
  const [bySteps, bySum] = [life.way % 3 !== 2, life.way % 3 !== 1]
  const events: object[] = [stripe.chargeSucceeded({ ...charged, at: paidAt(n) })]
  if (paid.failed && bySteps) {
    const failed = { id: `re_${mark}_${n}_failed`, amount: paid.failed, charge, payment, shape }
    const told = { at: afterPaid(n, 1) }
    events.push(stripe.refundObject({ ...failed, status: 'pending', ...told }))
    if (bySum) events.push(stripe.chargeRefunded({ ...charged, refunded: paid.failed, ...told }))
    events.push(stripe.refundObject({ ...failed, type: 'refund.failed', status: 'failed', at: afterPaid(n, 2) }))
  }
  for (const { amount: step, sum, day, index } of stepsOf(paid)) {
    const at = afterPaid(n, day)
    const refund = { id: `re_${mark}_${n}_${index}`, amount: step, charge, payment, shape, at }
    if (bySteps) events.push(stripe.refundObject(refund))
    if (bySum) events.push(stripe.chargeRefunded({ ...charged, refunded: sum, at }))
  }
  if (paid.dispute !== 'none') {
    const fact = { id: `dp_${mark}_${n}`, amount, charge, payment, shape }
    events.push(stripe.dispute({ ...fact, at: afterPaid(n, 12) }))
    events.push(stripe.dispute({ ...fact, type: 'funds_withdrawn', withdrawn: amount, at: afterPaid(n, 12) }))
    if (paid.dispute !== 'opened')
      events.push(stripe.dispute({ ...fact, type: 'closed', status: paid.dispute, at: afterPaid(n, 20) }))
  }
  return events
}

function byPaddle(life: Life, mark: string): object[] {
  const customer = `ctm_${mark}`
  const subscription = life.once ? null : `sub_${mark}`
  const code = codeOf(mark)
  const begun = life.trial ? dayAt(0) : paidAt(0)
  const started = { subscription: `sub_${mark}`, customer, code, at: begun }
  const firstTransaction = life.trial ? `txn_${mark}_trial` : `txn_${mark}_0`
  const events: object[] = [paddleCustomer(customer, emailOf(mark), { at: begun })]
  if (subscription)
    events.push(
      paddleSubscription({ ...started, status: life.trial ? 'trialing' : 'active', transaction: firstTransaction }),
    )
  const renewed = life.codeOnce ? {} : { code }
  if (life.trial)
    events.push(paddleTransaction({ id: firstTransaction, total: 0, customer, subscription, code, at: begun }))
  for (const [n, paid] of life.payments.entries()) {
    const transaction = `txn_${mark}_${n}`
    const isFirst = n === 0 && !life.trial
    const total = paid.net + paid.tax
    const facts = { id: transaction, total, tax: paid.tax, customer, subscription, product: 'pro', at: paidAt(n) }
    const origin = isFirst ? 'web' : paid.upgrade ? 'subscription_update' : 'subscription_recurring'
    events.push(
      paddleTransaction({ ...facts, origin, type: 'transaction.paid' }),
      paddleTransaction({ ...facts, origin, ...(isFirst ? { code } : renewed) }),
    )
    const told = { transaction, customer, subscription }
    if (paid.failed) {
      const failed = { ...told, id: `adj_${mark}_${n}_failed`, total: paid.failed }
      events.push(
        paddleAdjustment({ ...failed, status: 'pending_approval', at: afterPaid(n, 1) }),
        paddleAdjustment({ ...failed, type: 'adjustment.updated', status: 'rejected', at: afterPaid(n, 2) }),
      )
    }
    for (const { amount, day, index } of stepsOf(paid)) {
      const step = { ...told, id: `adj_${mark}_${n}_${index}`, total: amount, at: afterPaid(n, day) }
      if (life.way % 2) events.push(paddleAdjustment({ ...step, status: 'pending_approval' }))
      events.push(paddleAdjustment({ ...step, ...(life.way % 2 && { type: 'adjustment.updated' as const }) }))
    }
    if (paid.dispute === 'none') continue
    const charged = { ...told, total }
    events.push(
      paddleAdjustment({ ...charged, id: `adj_${mark}_${n}_back`, action: 'chargeback', at: afterPaid(n, 12) }),
    )
    if (paid.dispute === 'won')
      events.push(
        paddleAdjustment({
          ...charged,
          id: `adj_${mark}_${n}_won`,
          action: 'chargeback_reverse',
          at: afterPaid(n, 20),
        }),
      )
  }
  if (life.canceled && subscription)
    events.push(paddleSubscription({ ...started, type: 'subscription.canceled', status: 'canceled', at: dayAt(100) }))
  return events
}

function byLemonSqueezy(life: Life, mark: string): object[] {
  const idOf = (kind: number, n = 0) => Number(`${mark}${kind}${n}`)
  const buyer = { customer: idOf(1), email: emailOf(mark) }
  const code = codeOf(mark)
  const [order, subscription] = [idOf(2), idOf(3)]
  const begun = life.trial ? dayAt(0) : paidAt(0)
  const events: object[] = []
  const later = life.trial ? life.payments : life.payments.slice(1)
  const [first] = life.trial ? [] : life.payments
  const paidFirst = { ...buyer, total: first ? first.net + first.tax : 0, tax: first?.tax ?? 0 }
  events.push(lemonSqueezyOrder('order_created', { ...paidFirst, id: order, code, at: begun }))
  if (!life.once) {
    const status = life.trial ? 'on_trial' : 'active'
    events.push(
      lemonSqueezySubscription('subscription_created', { ...buyer, id: subscription, order, code, status, at: begun }),
      lemonSqueezyInvoice('subscription_payment_success', {
        ...paidFirst,
        id: idOf(4, 9),
        subscription,
        reason: 'initial',
        at: begun,
      }),
    )
  }
  for (const { sum, day } of first ? stepsOf(first) : []) {
    const step = { ...paidFirst, refunded: sum, at: afterPaid(0, day) }
    // By the order, by the first invoice, or by both.
    if (life.once || life.way % 3 !== 1) events.push(lemonSqueezyOrder('order_refunded', { ...step, id: order, code }))
    if (!life.once && life.way % 3 !== 0)
      events.push(
        lemonSqueezyInvoice('subscription_payment_refunded', {
          ...step,
          id: idOf(4, 9),
          subscription,
          reason: 'initial',
        }),
      )
  }
  for (const [index, paid] of later.entries()) {
    const n = life.trial ? index : index + 1
    const invoice = {
      ...buyer,
      id: idOf(4, n),
      subscription,
      total: paid.net + paid.tax,
      tax: paid.tax,
      reason: paid.upgrade ? ('updated' as const) : ('renewal' as const),
    }
    events.push(lemonSqueezyInvoice('subscription_payment_success', { ...invoice, at: paidAt(n) }))
    if (life.way > 3) events.push(lemonSqueezyInvoice('subscription_payment_recovered', { ...invoice, at: paidAt(n) }))
    for (const { sum, day } of stepsOf(paid))
      events.push(
        lemonSqueezyInvoice('subscription_payment_refunded', { ...invoice, refunded: sum, at: afterPaid(n, day) }),
      )
  }
  if (life.canceled && !life.once)
    for (const name of ['subscription_cancelled', 'subscription_expired'] as const) {
      const status = name.slice('subscription_'.length)
      events.push(lemonSqueezySubscription(name, { ...buyer, id: subscription, order, code, status, at: dayAt(100) }))
    }
  return events
}

function byPolar(life: Life, mark: string): object[] {
  const known = { customer: `customer-${mark}`, email: life.shy ? null : emailOf(mark) }
  const subscription = life.once ? null : `subscription-${mark}`
  const named = life.way % 2 ? { code: codeOf(mark) } : { reference: codeOf(mark) }
  const bought = { ...known, ...named, subscription, checkout: `checkout-${mark}` }
  const begun = life.trial ? dayAt(0) : paidAt(0)
  const events: object[] = [polarCustomer(known.customer, emailOf(mark), begun)]
  if (subscription)
    events.push(
      polarSubscription('subscription.created', {
        ...bought,
        subscription,
        status: life.trial ? 'trialing' : 'active',
        at: begun,
      }),
    )
  if (life.trial)
    events.push(
      polarOrder('order.paid', {
        ...bought,
        id: `order-${mark}-trial`,
        net: 0,
        reason: 'subscription_create',
        at: begun,
      }),
    )
  for (const [n, paid] of life.payments.entries()) {
    const id = `order-${mark}-${n}`
    const isFirst = n === 0 && !life.trial
    const laterReason = paid.upgrade ? 'subscription_update' : 'subscription_cycle'
    const reason = life.once ? 'purchase' : isFirst ? 'subscription_create' : laterReason
    const whose = isFirst || !life.codeOnce ? bought : { ...known, subscription }
    const order = { ...whose, id, net: paid.net, tax: paid.tax, reason, product: 'pro' }
    events.push(polarOrder('order.paid', { ...order, at: paidAt(n) }))
    const refund = { ...known, order: id, subscription }
    if (paid.failed) {
      const failed = { ...refund, id: `refund-${mark}-${n}-failed`, amount: paid.failed }
      events.push(
        polarRefund('refund.created', { ...failed, status: 'pending', at: afterPaid(n, 1) }),
        polarRefund('refund.updated', { ...failed, status: 'failed', at: afterPaid(n, 2) }),
      )
    }
    let before = 0
    for (const { amount, sum, day, index } of stepsOf(paid)) {
      // Of both net amount and tax in proportion.
      const refunded = Math.round((paid.net * sum) / (paid.net + paid.tax))
      const net = refunded - before
      before = refunded
      const step = {
        ...refund,
        id: `refund-${mark}-${n}-${index}`,
        amount: net,
        tax: amount - net,
        at: afterPaid(n, day),
      }
      if (life.way % 3 !== 1) {
        events.push(polarRefund('refund.created', { ...step, status: 'pending' }))
        events.push(polarRefund('refund.updated', step))
      }
      if (life.way % 3 !== 2) events.push(polarOrder('order.refunded', { ...order, refunded, at: afterPaid(n, day) }))
    }
  }
  if (life.canceled && subscription)
    for (const type of ['subscription.canceled', 'subscription.revoked'])
      events.push(polarSubscription(type, { ...bought, subscription, status: 'canceled', at: dayAt(100) }))
  return events
}

export const TELLERS: Record<ProviderName, Teller> = {
  stripe: {
    secret: WEBHOOK_SECRET,
    tell: byStripe,
    sign: (event) => {
      const payload = JSON.stringify(event)
      const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET })
      return { payload, headers: { 'stripe-signature': signature } }
    },
  },
  paddle: { secret: PADDLE_SECRET, tell: byPaddle, sign: (event) => signedByPaddle(event) },
  lemonsqueezy: { secret: LEMONSQUEEZY_SECRET, tell: byLemonSqueezy, sign: (event) => signedByLemonSqueezy(event) },
  polar: {
    secret: POLAR_SECRET,
    tell: byPolar,
    sign: (event) => signedByPolar(event, `msg_${hash('sha256', JSON.stringify(event)).slice(0, 24)}`),
  },
}
