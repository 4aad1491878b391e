/**
 * A page that takes the place of Stripe's hosted checkout, so that the demo runs without a Stripe account.
 * A real shop has none of this: its buy links lead to https://buy.stripe.com/..., and Stripe sends the webhook.
 */
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { askForEmail, emailIn, looksLikeEmail } from '../email.ts'
import { currency, findPlan, formatPrice, type Plan } from '../plans.ts'
import { loadPages } from '../templates.ts'
import { deliver, type Delivery } from './delivery.ts'
import { checkoutCompleted, keepClientReferenceId } from './event.ts'

export interface StandInOptions {
  webhookUrl: string
  webhookSecret: string
  /** Called when a customer has paid, before the webhook is delivered. */
  onPaid(sale: Sale): void
}

export interface Sale {
  sessionId: string
  email: string
  plan: Plan
}

interface Session {
  id: string
  plan: Plan
  clientReferenceId: string | null
  createdAt: Date
  email?: string
  event?: ReturnType<typeof checkoutCompleted>
  delivery?: Delivery
}

const mostSessions = 1000

export function standInForStripe(shop: FastifyInstance, options: StandInOptions) {
  const page = loadPages(new URL('pages/', import.meta.url))
  const sessions = new Map<string, Session>()
  const closing = new AbortController()
  shop.addHook('onClose', async () => closing.abort())

  shop.get<{ Params: { plan: string }; Querystring: Record<string, unknown> }>(
    '/stand-in/stripe/pay/:plan',
    async (request, reply) => {
      const plan = findPlan(request.params.plan)
      if (!plan) return reply.callNotFound()

      const session: Session = {
        id: `cs_test_${randomBytes(24).toString('hex')}`,
        plan,
        clientReferenceId: keepClientReferenceId(request.query.client_reference_id),
        createdAt: new Date(),
      }
      sessions.set(session.id, session)
      for (const oldest of sessions.keys()) if (sessions.size > mostSessions) sessions.delete(oldest)

      const prefilled = request.query.prefilled_email
      return reply
        .type('text/html; charset=utf-8')
        .send(checkoutPage(session, typeof prefilled === 'string' ? prefilled : ''))
    },
  )

  shop.post<{ Params: { id: string } }>('/stand-in/stripe/sessions/:id/pay', async (request, reply) => {
    const session = sessions.get(request.params.id)
    if (!session) return reply.callNotFound()

    const email = emailIn(request.body)
    if (!looksLikeEmail(email)) {
      return reply
        .code(400)
        .type('text/html; charset=utf-8')
        .send(checkoutPage(session, email, askForEmail))
    }
    if (!session.delivery) await pay(session, email, `${request.protocol}://${request.host}`)
    return reply.redirect(afterPaying(session), 303)
  })

  shop.get<{ Params: { id: string } }>('/stand-in/stripe/sessions/:id/delivery', async (request, reply) => {
    const session = sessions.get(request.params.id)
    if (!session?.delivery) return reply.callNotFound()

    const { attempts, state, nextAttemptAt } = session.delivery
    const status = {
      state,
      next: nextAttemptAt ? `Next attempt at ${clockTime(nextAttemptAt)}` : '',
      attempts: attempts.map(({ at, delivered, outcome }) => ({ at: clockTime(at), delivered, outcome })),
    }
    reply.headers({ 'cache-control': 'no-store', vary: 'accept' })
    if (request.headers.accept === 'application/json') return status
    return reply.type('text/html; charset=utf-8').send(
      page('delivery', {
        ...status,
        thankYou: thankYou(session),
        again: `/stand-in/stripe/sessions/${session.id}/deliver`,
        url: options.webhookUrl,
        paid: formatPrice(session.plan.price),
        waiting: state === 'waiting',
        delivered: state === 'delivered',
        givenUp: state === 'given_up',
      }),
    )
  })

  shop.post<{ Params: { id: string } }>('/stand-in/stripe/sessions/:id/deliver', async (request, reply) => {
    const session = sessions.get(request.params.id)
    if (!session?.event) return reply.callNotFound()

    if (session.delivery?.state === 'given_up') await startDelivery(session, session.event)
    return reply.redirect(afterPaying(session), 303)
  })

  const checkoutPage = (session: Session, email: string, error = '') =>
    page('checkout', {
      action: `/stand-in/stripe/sessions/${session.id}/pay`,
      plan: session.plan.name,
      per: session.plan.per,
      price: formatPrice(session.plan.price),
      reference: session.clientReferenceId ?? '',
      email,
      error,
    })

  async function pay(session: Session, email: string, origin: string) {
    session.email = email
    session.event = checkoutCompleted({
      id: session.id,
      eventId: `evt_${randomBytes(12).toString('hex')}`,
      paymentIntentId: `pi_${randomBytes(12).toString('hex')}`,
      paymentLinkId: `plink_${session.plan.id}`,
      amount: session.plan.price,
      currency,
      email,
      clientReferenceId: session.clientReferenceId,
      successUrl: `${origin}/thank-you?session_id={CHECKOUT_SESSION_ID}`,
      createdAt: session.createdAt,
      paidAt: new Date(),
    })
    options.onPaid({ sessionId: session.id, email, plan: session.plan })
    await startDelivery(session, session.event)
  }

  /** Waits for the first attempt, as Stripe does before it sends the customer back to the shop. */
  async function startDelivery(session: Session, event: { id: string }) {
    session.delivery = deliver(options.webhookUrl, event, options.webhookSecret, closing.signal)
    await session.delivery.firstAttempt
  }
}

const thankYou = (session: Session) => `/thank-you?session_id=${session.id}`
const afterPaying = (session: Session) =>
  session.delivery?.state === 'delivered' ? thankYou(session) : `/stand-in/stripe/sessions/${session.id}/delivery`
const clockTime = (date: Date) => `${date.toISOString().slice(11, 19)} UTC`
