/**
 * Pages that take the place of the payment providers' own, so that the demo runs without an account at any of them.
 * A real shop has none of this: its buttons lead to the provider's checkout, and the provider sends the webhooks.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { askForEmail, emailIn, looksLikeEmail } from '../email.ts'
import { currency, findPlan, formatPrice, type Plan } from '../plans.ts'
import { loadPages } from '../templates.ts'
import { deliver, type Delivery } from './delivery.ts'
import { lemonsqueezy } from './lemonsqueezy.ts'
import { paddle } from './paddle.ts'
import { polar } from './polar.ts'
import { codeIn, type Message, type Opened, type Payment, type ProviderName, type StandIn } from './provider.ts'
import { hex } from './shapes.ts'
import { stripe } from './stripe.ts'

export const standIns: Record<ProviderName, StandIn> = { stripe, paddle, lemonsqueezy, polar }

export interface CheckoutOptions {
  /** Where a provider's webhooks go. */
  webhookUrl(provider: ProviderName): string
  /** The providers that may be paid with, and what each signs its webhooks with. */
  webhookSecrets: Partial<Record<ProviderName, string>>
  /** Called when a customer has paid, before the webhooks are delivered. */
  onPaid(sale: Sale): void
}

export interface Sale {
  id: string
  standIn: StandIn
  email: string
  plan: Plan
  /** The referral code that the provider reports; empty without one. */
  code: string
  paidAt: Date
  refunded: number
  payment: Payment
}

interface Session extends Opened {
  id: string
  standIn: StandIn
  plan: Plan
  openedAt: Date
  /** Where to go once it is paid. */
  paidTo?: Promise<string>
}

interface Parcel {
  id: string
  standIn: StandIn
  messages: Message[]
  delivery: Delivery
  /** What it tells of: `Paid $9`. */
  heading: string
  /** Where to go when everything was taken. */
  next: string
}

const mostKept = 1000

/** @returns gives a part of a sale back, and says where to go then */
export function standInCheckouts(
  shop: FastifyInstance,
  options: CheckoutOptions,
): { refund: (sale: Sale, amount: number, next: string) => Promise<string> } {
  const page = loadPages(new URL('pages/', import.meta.url))
  const sessions = new Map<string, Session>()
  const parcels = new Map<string, Parcel>()
  const closing = new AbortController()
  shop.addHook('onClose', async () => closing.abort())

  const html = (reply: FastifyReply) => reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')

  shop.get<{ Params: { provider: string; product: string }; Querystring: Record<string, unknown> }>(
    '/stand-in/:provider/pay/:product',
    async (request, reply) => {
      const standIn = openFor(request.params.provider)
      const plan = findPlan(request.params.product.replace(/^(pri|polar_cl)_/, ''))
      if (!standIn || !plan) return reply.callNotFound()

      const session = { id: hex(24), standIn, plan, ...standIn.open(request.query), openedAt: new Date() }
      keep(sessions, session)
      return html(reply).send(checkoutPage(session, session.email))
    },
  )

  shop.post<{ Params: { id: string } }>('/stand-in/:provider/sessions/:id/pay', async (request, reply) => {
    const session = sessions.get(request.params.id)
    if (!session) return reply.callNotFound()

    const email = emailIn(request.body)
    if (!looksLikeEmail(email)) return html(reply.code(400)).send(checkoutPage(session, email, askForEmail))
    session.paidTo ??= pay({ ...session, email }, `${request.protocol}://${request.host}`)
    return reply.redirect(await session.paidTo, 303)
  })

  shop.get<{ Params: { id: string } }>('/stand-in/:provider/deliveries/:id', async (request, reply) => {
    const parcel = parcels.get(request.params.id)
    if (!parcel) return reply.callNotFound()

    const { attempts, state, nextAttemptAt } = parcel.delivery
    const status = {
      state,
      next: nextAttemptAt ? `Next attempt at ${clockTime(nextAttemptAt)}` : '',
      attempts: attempts.map(({ at, ...attempt }) => ({ at: clockTime(at), ...attempt })),
    }
    reply.headers({ 'cache-control': 'no-store', vary: 'accept' })
    if (request.headers.accept === 'application/json') return status
    return html(reply).send(
      page('delivery', {
        ...status,
        title: parcel.standIn.title,
        heading: parcel.heading,
        onward: parcel.next,
        again: addressOf(parcel),
        url: options.webhookUrl(parcel.standIn.name),
        waiting: state === 'waiting',
        delivered: state === 'delivered',
        givenUp: state === 'given_up',
      }),
    )
  })

  shop.post<{ Params: { id: string } }>('/stand-in/:provider/deliveries/:id', async (request, reply) => {
    const parcel = parcels.get(request.params.id)
    if (!parcel) return reply.callNotFound()

    if (parcel.delivery.state === 'given_up') parcel.delivery = begin(parcel.standIn, parcel.messages)
    return reply.redirect(await addressAfter(parcel), 303)
  })

  /** A provider that has no secret here would send webhooks that nobody can check. */
  const openFor = (name: string): StandIn | undefined =>
    options.webhookSecrets[name as ProviderName] ? standIns[name as ProviderName] : undefined

  const checkoutPage = (session: Session, email: string, error = '') =>
    page('checkout', {
      action: `/stand-in/${session.standIn.name}/sessions/${session.id}/pay`,
      title: session.standIn.title,
      back: `/pricing?pay=${session.standIn.name}`,
      codeField: session.standIn.codeField,
      code: codeIn(session.standIn, session),
      events: session.standIn.sends.map((type, i) => ({ type, another: i > 0 })),
      plan: session.plan.name,
      per: session.plan.per,
      price: formatPrice(session.plan.price),
      email,
      error,
    })

  function pay(session: Session, origin: string): Promise<string> {
    const { id, standIn, plan, email } = session
    const paidAt = new Date()
    const successUrl = `${origin}/thank-you?session_id=${id}`
    const payment = standIn.pay({ ...session, currency, successUrl, paidAt })
    options.onPaid({ id, standIn, email, plan, code: codeIn(standIn, session), paidAt, refunded: 0, payment })
    return send(standIn, payment.messages, `Paid ${formatPrice(plan.price)}`, `/thank-you?session_id=${id}`)
  }

  /** Waits for the first attempts, as providers do before they send the customer back to the shop. */
  function send(standIn: StandIn, messages: Message[], heading: string, next: string): Promise<string> {
    const parcel = { id: hex(12), standIn, messages, heading, next, delivery: begin(standIn, messages) }
    keep(parcels, parcel)
    return addressAfter(parcel)
  }

  const begin = (standIn: StandIn, messages: Message[]) =>
    deliver(
      options.webhookUrl(standIn.name),
      messages,
      standIn,
      options.webhookSecrets[standIn.name] ?? '',
      closing.signal,
    )

  return {
    refund(sale, amount, next) {
      sale.refunded += amount
      const messages = sale.payment.refund(amount, sale.refunded)
      return send(sale.standIn, messages, `Refunded ${formatPrice(amount)}`, next)
    },
  }
}

async function addressAfter(parcel: Parcel): Promise<string> {
  await parcel.delivery.firstRound
  return parcel.delivery.state === 'delivered' ? parcel.next : addressOf(parcel)
}

const addressOf = ({ standIn, id }: Parcel) => `/stand-in/${standIn.name}/deliveries/${id}`

/** The oldest are forgotten: the demo may run for long. */
export function keep<Kept extends { id: string }>(all: Map<string, Kept>, one: Kept): void {
  all.set(one.id, one)
  for (const oldest of all.keys()) if (all.size > mostKept) all.delete(oldest)
}

const clockTime = (date: Date) => `${date.toISOString().slice(11, 19)} UTC`
