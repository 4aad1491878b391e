/** What Stripe has on record, page by page, each as the event its webhook would have sent. */
import Stripe from 'stripe'
import type { PaymentEvent } from '../core/payment-event.ts'
import { stripe } from './stripe.ts'

export interface Fact {
  /** For the inbox: the same fact in the same state has the same id. */
  event_id: string
  type: string
  payload: string
  told: PaymentEvent
  /** Seconds since 1970. */
  at: number
}

/** The account that is read. Not every object says whether it is live; the key does, and reads only its own. */
export interface Account {
  api: Stripe
  live: boolean
}

/** An invoice may be paid long after it was made: so many days are read before the day asked for. */
const OPEN_FOR_DAYS = 45

/** Paid invoices, and checkouts that were paid without one, since then; in no order. */
export async function* sales({ api, live }: Account, since: number): AsyncGenerator<Fact> {
  const created = { gte: since - OPEN_FOR_DAYS * 86_400 }
  for await (const invoice of api.invoices.list({ status: 'paid', created, limit: 100 })) {
    const at = invoice.status_transitions?.paid_at ?? invoice.created
    if (at >= since) yield factOf('invoice.paid', invoice, at, live)
  }
  for await (const session of api.checkout.sessions.list({ status: 'complete', created, limit: 100 }))
    if (session.created >= since && session.mode === 'payment' && session.invoice === null)
      yield factOf('checkout.session.completed', session, session.created, live)
}

/** Refunds since then, each in its present state. */
export async function* refunds({ api, live }: Account, since: number): AsyncGenerator<Fact> {
  for await (const refund of api.refunds.list({ created: { gte: since }, limit: 100 }))
    yield factOf('refund.updated', refund, refund.created, live, `:${refund.status}`)
}

/** Which invoice a payment paid; undefined where it paid none. */
export async function joinOf({ api, live }: Account, payment: string): Promise<Fact | undefined> {
  const { data } = await api.invoicePayments.list({
    payment: { type: 'payment_intent', payment_intent: payment },
    status: 'paid',
    limit: 1,
  })
  return data[0] && factOf('invoice_payment.paid', data[0], data[0].created, live)
}

/** Whether Stripe has what a recorded sale names, and it was paid. */
export async function wasPaid({ api }: Account, externalId: string): Promise<boolean> {
  try {
    if (externalId.startsWith('in_')) return (await api.invoices.retrieve(externalId)).status === 'paid'
    if (externalId.startsWith('cs_'))
      return (await api.checkout.sessions.retrieve(externalId)).payment_status !== 'unpaid'
    if (externalId.startsWith('pi_')) return (await api.paymentIntents.retrieve(externalId)).status === 'succeeded'
    return false
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && error.code === 'resource_missing') return false
    throw error
  }
}

function factOf(type: string, object: { id: string }, at: number, livemode: boolean, state = ''): Fact {
  const event_id = `reconcile:${object.id}${state}`
  const payload = JSON.stringify({
    id: event_id,
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: at,
    livemode,
    type,
    data: { object },
  })
  return { event_id, type, payload, told: stripe.parse(payload), at }
}
