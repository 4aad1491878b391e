/**
 * Halfpage, a made-up company whose site uses Refgrow the way yours would:
 *   pages/partials/head.html   the tracker, on every page
 *   pages/pricing.html         buy links that carry the referral code into the checkout, for each payment provider
 *   assets/sign-up.js          reports a sign-up
 *   pages/affiliates.html      the affiliates' dashboard; `userHash` below signs the customer's e-mail for it
 * The shop is a process of its own and knows of Refgrow only its address, the project's id, one secret, and what each
 * payment provider signs its webhooks with; it offers the providers it has a secret for:
 *   REFGROW_URL, REFGROW_PROJECT_ID, REFGROW_HMAC_SECRET, STRIPE_WEBHOOK_SECRET, PADDLE_WEBHOOK_SECRET,
 *   LEMONSQUEEZY_WEBHOOK_SECRET, POLAR_WEBHOOK_SECRET [, SHOP_PORT, SHOP_HOST] node demo-site/shop.ts
 */
import { createHmac, randomBytes } from 'node:crypto'
import fastifyCookie from '@fastify/cookie'
import fastifyFormbody from '@fastify/formbody'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { adminPages } from './admin.ts'
import { askForEmail, emailIn, looksLikeEmail } from './email.ts'
import { formatPrice, plans } from './plans.ts'
import { keep, type Sale, standInCheckouts, standIns } from './stand-in/checkout.ts'
import { type ProviderName, providerNames } from './stand-in/provider.ts'
import { loadPages, type Values } from './templates.ts'

export interface ShopOptions {
  /** 0 picks a free one. */
  port: number
  host?: string
  /** Where the Refgrow server answers, e.g. `https://affiliates.example.com`. */
  refgrowUrl: string
  projectId: number | string
  hmacSecret: string
  /** Of each payment provider that the shop offers, what its webhooks are signed with. */
  webhookSecrets: Partial<Record<ProviderName, string>>
}

/**
 * Signs an e-mail, so that the affiliate dashboard shows a customer's earnings to nobody else.
 * Compute it on the server only: whoever has the secret can open anybody's dashboard.
 */
export const userHash = (email: string, secret: string) =>
  createHmac('sha256', secret).update(email.toLowerCase()).digest('hex')

export async function startShop(options: ShopOptions): Promise<{ url: string; close(): Promise<void> }> {
  const host = options.host ?? '127.0.0.1'
  const refgrowUrl = options.refgrowUrl.replace(/\/+$/, '')
  const { projectId, hmacSecret, webhookSecrets } = options
  const offered = providerNames.filter((name) => webhookSecrets[name])
  const page = loadPages(new URL('pages/', import.meta.url))
  const accounts = new Set<string>()
  const sales = new Map<string, Sale>()

  const shop = Fastify({ forceCloseConnections: true })
  // A real shop keeps this secret in its environment; here a restart signs everybody out.
  await shop.register(fastifyCookie, { secret: randomBytes(32).toString('hex') })
  await shop.register(fastifyFormbody)
  await shop.register(fastifyStatic, { root: new URL('assets/', import.meta.url), prefix: '/assets/' })

  // What a Content-Security-Policy has to allow for Refgrow: its address in script-src and connect-src.
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${refgrowUrl}`,
    `connect-src 'self' ${refgrowUrl}`,
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  shop.addHook('onRequest', async (_, reply) => {
    reply.headers({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'strict-origin-when-cross-origin',
    })
  })

  const show = (request: FastifyRequest, reply: FastifyReply, name: string, values: Values = {}) => {
    const email = signedInAs(request)
    const shared = { refgrowUrl, projectId, signedIn: email !== '', customer: email }
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(page(name, { ...shared, ...values }))
  }

  shop.get('/', (request, reply) => show(request, reply, 'home'))

  shop.get('/pricing', (request, reply) => {
    const { pay } = request.query as { pay?: unknown }
    const provider = offered.find((name) => name === pay) ?? offered[0]
    const email = signedInAs(request)
    return show(request, reply, 'pricing', {
      ...Object.fromEntries(providerNames.map((name) => [name, name === provider])),
      provider: provider ? standIns[provider].title : '',
      choice: offered.length > 1,
      providers: offered.map((name) => ({ name, title: standIns[name].title, chosen: name === provider })),
      plans: plans.map((plan) => ({
        id: plan.id,
        name: plan.name,
        per: plan.per,
        note: plan.note,
        button: plan.button,
        price: formatPrice(plan.price),
        buyLink: provider && provider !== 'paddle' ? buyLinks[provider](plan.id, email) : '',
        recommended: plan.id === 'yearly',
      })),
    })
  })

  shop.get('/sign-up', (request, reply) => show(request, reply, 'sign-up', { email: '', error: '' }))

  shop.post('/sign-up', (request, reply) => {
    const email = emailIn(request.body).toLowerCase()
    const error = !looksLikeEmail(email) ? askForEmail : accounts.has(email) ? accountExists : ''
    const script = request.headers.accept === 'application/json'
    if (error !== '') {
      reply.code(error === accountExists ? 409 : 400)
      return script ? { error } : show(request, reply, 'sign-up', { email, error })
    }
    accounts.add(email)
    signIn(reply, email)
    return script ? { email } : reply.redirect('/account', 303)
  })

  shop.get('/sign-in', (request, reply) =>
    show(request, reply, 'sign-in', { email: '', error: '', next: next(request) }),
  )

  shop.post('/sign-in', (request, reply) => {
    const email = emailIn(request.body).toLowerCase()
    if (!looksLikeEmail(email)) {
      return show(request, reply.code(400), 'sign-in', { email, error: askForEmail, next: next(request) })
    }
    accounts.add(email)
    signIn(reply, email)
    return reply.redirect(next(request), 303)
  })

  shop.post('/sign-out', (_, reply) => reply.clearCookie(sessionCookie, { path: '/' }).redirect('/', 303))

  shop.get('/account', (request, reply) => {
    const email = signedInAs(request)
    if (email === '') return reply.redirect('/sign-in?next=/account', 303)

    const bought = [...sales.values()].findLast((sale) => sale.email.toLowerCase() === email)
    return show(request, reply, 'account', { bought: bought !== undefined, plan: bought?.plan.name ?? '' })
  })

  shop.get('/affiliates', (request, reply) => {
    const email = signedInAs(request)
    return show(request, reply, 'affiliates', { userHash: email === '' ? '' : userHash(email, hmacSecret) })
  })

  shop.get<{ Querystring: { session_id?: string } }>('/thank-you', (request, reply) => {
    const sale = sales.get(request.query.session_id ?? '')
    return show(request, reply, 'thank-you', {
      sale: sale !== undefined,
      plan: sale?.plan.name ?? '',
      price: sale ? formatPrice(sale.plan.price) : '',
      per: sale?.plan.per ?? '',
      email: sale?.email ?? '',
    })
  })

  const { refund } = standInCheckouts(shop, {
    webhookUrl: (provider) => `${refgrowUrl}/webhook/${provider}/${projectId}`,
    webhookSecrets,
    onPaid: (sale) => {
      keep(sales, sale)
      accounts.add(sale.email.toLowerCase())
    },
  })
  adminPages(shop, { sales, refund, show })

  shop.setNotFoundHandler((request, reply) => show(request, reply.code(404), 'not-found'))

  const address = new URL(await shop.listen({ port: options.port, host }))
  if (host === '0.0.0.0' || host === '::') address.hostname = 'localhost'
  return { url: address.origin, close: () => shop.close() }
}

const sessionCookie = 'halfpage_session'
const accountExists = 'There is an account with this address already. Sign in instead.'

function signedInAs(request: FastifyRequest): string {
  const cookie = request.cookies[sessionCookie]
  if (cookie === undefined) return ''
  const { valid, value } = request.unsignCookie(cookie)
  return valid ? value : ''
}

const signIn = (reply: FastifyReply, email: string) =>
  reply.setCookie(sessionCookie, email, { path: '/', httpOnly: true, sameSite: 'lax', secure: 'auto', signed: true })

/** What the payment providers call a buy link, with the customer's address filled in; Paddle has a button instead. */
const buyLinks: Record<Exclude<ProviderName, 'paddle'>, (plan: string, email: string) => string> = {
  stripe: (plan, email) => withEmail(`/stand-in/stripe/pay/${plan}`, 'prefilled_email', email),
  lemonsqueezy: (plan, email) => withEmail(`/stand-in/lemonsqueezy/pay/${plan}`, 'checkout[email]', email),
  polar: (plan, email) => withEmail(`https://buy.polar.sh/polar_cl_${plan}`, 'customer_email', email),
}

const withEmail = (link: string, parameter: string, email: string) =>
  email === '' ? link : `${link}?${new URLSearchParams({ [parameter]: email })}`

/** Where to go after signing in: one of the shop's own pages, never another site. */
const next = (request: FastifyRequest) => {
  const { next: wanted } = request.query as { next?: string }
  return wanted === '/affiliates' ? wanted : '/account'
}

if (import.meta.main) {
  const setting = (name: string) => {
    const value = process.env[name]
    if (!value) throw new Error(`${name} is missing: the shop cannot do without it`)
    return value
  }
  const shop = await startShop({
    port: Number(process.env.SHOP_PORT ?? 4000),
    host: process.env.SHOP_HOST ?? '127.0.0.1',
    refgrowUrl: setting('REFGROW_URL'),
    projectId: setting('REFGROW_PROJECT_ID'),
    hmacSecret: setting('REFGROW_HMAC_SECRET'),
    webhookSecrets: Object.fromEntries(
      providerNames.map((name) => [name, process.env[`${name.toUpperCase()}_WEBHOOK_SECRET`]]),
    ),
  })
  console.log(`The shop is open at ${shop.url}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void shop.close())
}
