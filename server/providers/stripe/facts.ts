/** Stripe's books: paid invoices, checkouts that were paid without one, refunds. */
import Stripe from 'stripe'
import type { ProviderKey } from '../../core/project/provider-connection.ts'
import { beforehand, type Books, type Fact, factOf, PAGE_TIMEOUT_MS } from '../books.ts'
import { stripeApi } from './api.ts'
import { parse } from './parse.ts'
import { isStripeError } from './problem.ts'

/** Not every object says whether it is live; the key does, and reads only its own. */
export function stripeBooks(key: ProviderKey, liveProject: boolean): Books {
  const live = !/^[sr]k_test_/.test(key.key)
  if (liveProject && !live)
    throw new Error('The stored key is a test key, and this project takes live payments; connect it with a live key')
  return booksOf(stripeApi(key, PAGE_TIMEOUT_MS), live)
}

const booksOf = (api: Stripe, live: boolean): Books => ({
  async *sales(since) {
    const created = { gte: beforehand(since) }
    for await (const invoice of api.invoices.list({ status: 'paid', created, limit: 100 })) {
      const at = invoice.status_transitions?.paid_at ?? invoice.created
      if (at >= since) yield of('invoice.paid', invoice, at, live)
    }
    for await (const session of api.checkout.sessions.list({ status: 'complete', created, limit: 100 }))
      if (session.created >= since && session.mode === 'payment' && session.invoice === null)
        yield of('checkout.session.completed', session, session.created, live)
  },

  async *refunds(since) {
    for await (const refund of api.refunds.list({ created: { gte: since }, limit: 100 }))
      yield of('refund.updated', refund, refund.created, live, `:${refund.status}`)
  },

  async joinOf(payment) {
    const { data } = await api.invoicePayments.list({
      payment: { type: 'payment_intent', payment_intent: payment },
      status: 'paid',
      limit: 1,
    })
    return data[0] && of('invoice_payment.paid', data[0], data[0].created, live)
  },

  async wasPaid(externalId) {
    try {
      if (externalId.startsWith('in_')) return (await api.invoices.retrieve(externalId)).status === 'paid'
      if (externalId.startsWith('cs_'))
        return (await api.checkout.sessions.retrieve(externalId)).payment_status !== 'unpaid'
      if (externalId.startsWith('pi_')) return (await api.paymentIntents.retrieve(externalId)).status === 'succeeded'
      return false
    } catch (error) {
      if (isStripeError(error) && error.code === 'resource_missing') return false
      throw error
    }
  },
})

function of(type: string, object: { id: string }, at: number, livemode: boolean, state = ''): Fact {
  const id = `reconcile:${object.id}${state}`
  const envelope = { id, object: 'event', api_version: Stripe.API_VERSION, created: at, livemode, type }
  return factOf(parse, { event_id: id, type, at }, { ...envelope, data: { object } })
}
