import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Paddle } from '@paddle/paddle-node-sdk'
import { webhooks as polarWebhooks } from '@polar-sh/sdk/2026-10'
import { Stripe } from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startShop, userHash } from './shop.ts'

const webhookSecrets = {
  stripe: 'whsec_test',
  paddle: 'pdl_ntfset_test',
  lemonsqueezy: 'a secret of one shop',
  polar: 'polar_whs_test',
}
const hmacSecret = 'shared with nobody'

let refgrow: Awaited<ReturnType<typeof startReceiver>>
let shop: Awaited<ReturnType<typeof startShop>>

beforeEach(async () => {
  refgrow = await startReceiver()
  shop = await startShop({ port: 0, refgrowUrl: refgrow.url, projectId: 7, hmacSecret, webhookSecrets })
})
afterEach(async () => {
  await shop.close()
  refgrow.close()
})

test('every page carries the tracker, and a policy that lets it in', async () => {
  for (const path of [
    '/',
    '/pricing',
    '/sign-up',
    '/sign-in',
    '/affiliates',
    '/thank-you',
    '/admin',
    '/no-such-page',
  ]) {
    const response = await fetch(shop.url + path)
    expect(response.status, path).toBe(path === '/no-such-page' ? 404 : 200)
    expect(await response.text()).toContain(`<script src="${refgrow.url}/latest.js" data-project-id="7" async defer>`)
    expect(response.headers.get('content-security-policy')).toContain(`script-src 'self' ${refgrow.url};`)
  }
})

test('the affiliate page proves the signed-in customer, and nobody else', async () => {
  const visitor = await text('/affiliates')
  expect(visitor).toContain('data-project-email=""')
  expect(visitor).toContain('data-user-hash=""')

  const cookie = await signIn('Ann@Example.com')
  const signedIn = await text('/affiliates', { cookie })
  expect(signedIn).toContain('data-project-email="ann@example.com"')
  expect(signedIn).toContain(`data-user-hash="${userHash('ann@example.com', hmacSecret)}"`)

  const forged = await text('/affiliates', { cookie: cookie.replace('ann', 'eve') })
  expect(forged).toContain('data-project-email=""')
})

test('a second sign-up with one address is refused', async () => {
  const signUp = () => post('/sign-up', { email: 'carl@example.com' }, { accept: 'application/json' })
  expect(await (await signUp()).json()).toEqual({ email: 'carl@example.com' })
  expect((await signUp()).status).toBe(409)
})

test('paying delivers one signed event with the reference, the address and the price', async () => {
  const { action } = await checkout('lifetime?client_reference_id=ANN&utm_source=mail')
  const paid = await post(action, { email: 'carl@example.com' })
  expect(paid.status).toBe(303)
  expect(await text(paid.headers.get('location') ?? '')).toContain('carl@example.com')
  await post(action, { email: 'carl@example.com' })

  expect(refgrow.received).toHaveLength(1)
  expect(eventOf(refgrow.received[0])).toMatchObject({
    type: 'checkout.session.completed',
    api_version: '2026-10-28.endive',
    livemode: false,
    data: {
      object: {
        mode: 'payment',
        payment_status: 'paid',
        client_reference_id: 'ANN',
        customer_details: { email: 'carl@example.com' },
        amount_subtotal: 24_900,
        amount_total: 24_900,
        currency: 'usd',
        metadata: {},
      },
    },
  })
})

test.each(['', 'has%20space', 'a'.repeat(201), 'A&client_reference_id=B', '%3Cb%3E'])(
  'a reference that Stripe would drop is dropped: %s',
  async (reference) => {
    const { action } = await checkout(`monthly?client_reference_id=${reference}`)
    await post(action, { email: 'carl@example.com' })
    expect(eventOf(refgrow.received[0]).data.object).toMatchObject({ client_reference_id: null })
  },
)

test('Stripe: a refund tells of the same payment, step by step and in all', async () => {
  const [sale] = await payWith('stripe', 'lifetime?client_reference_id=ANN')
  await refund('100')
  const { payment_intent } = sale.data.object
  expect(await arrived()).toMatchObject([
    { type: 'refund.created', data: { object: { payment_intent, amount: 10_000, status: 'succeeded' } } },
    { type: 'charge.refunded', data: { object: { payment_intent, amount: 24_900, amount_refunded: 10_000 } } },
  ])
  await refund('149')
  expect(await arrived()).toMatchObject([
    { type: 'refund.created', data: { object: { payment_intent, amount: 14_900 } } },
    { type: 'charge.refunded', data: { object: { payment_intent, amount_refunded: 24_900, refunded: true } } },
  ])
})

test('Paddle: keeps the custom data, tells who bought, and approves a refund', async () => {
  const custom_data = { plan: 'yearly', referral_code: 'ANN' }
  const paid = await payWith('paddle', `pri_yearly?custom_data=${encodeURIComponent(JSON.stringify(custom_data))}`)
  const customer_id = paid[0].data.id
  expect(paid).toMatchObject([
    { event_type: 'customer.created', data: { email: 'carl@example.com' } },
    {
      event_type: 'transaction.completed',
      data: { customer_id, custom_data, subscription_id: null, details: { totals: { total: '8400', tax: '0' } } },
    },
  ])
  await refund('42')
  const step = { action: 'refund', transaction_id: paid[1].data.id, totals: { total: '4200' } }
  expect(await arrived()).toMatchObject([
    { event_type: 'adjustment.created', data: { ...step, status: 'pending_approval' } },
    { event_type: 'adjustment.updated', data: { ...step, status: 'approved' } },
  ])
  const again = await payWith('paddle', 'pri_monthly?custom_data=[]')
  expect(again).toMatchObject([
    { event_type: 'transaction.completed', data: { customer_id: expect.any(String), custom_data: null } },
  ])
})

test('Lemon Squeezy: keeps the custom fields of the link, and tells the sum of its refunds', async () => {
  const [sale] = await payWith('lemonsqueezy', 'monthly?checkout[custom][referral_code]=ANN&referral_code=EVE')
  expect(sale).toMatchObject({
    meta: { event_name: 'order_created', custom_data: { referral_code: 'ANN' }, test_mode: true },
    data: { type: 'orders', attributes: { user_email: 'carl@example.com', total: 900, tax: 0, status: 'paid' } },
  })
  await refund('4.50')
  await refund('4.50')
  expect(await arrived()).toMatchObject([
    { data: { id: sale.data.id, attributes: { refunded_amount: 450, status: 'partial_refund', refunded: false } } },
    { data: { id: sale.data.id, attributes: { refunded_amount: 900, status: 'refunded', refunded: true } } },
  ])
})

test('Polar: keeps the reference and the campaign of the link and nothing else, and tells the sum of its refunds', async () => {
  const [sale] = await payWith('polar', 'polar_cl_lifetime?reference_id=ANN&utm_source=mail&ref=EVE')
  expect(sale).toMatchObject({ type: 'order.paid', data: { billing_reason: 'purchase', net_amount: 24_900 } })
  expect(sale.data.metadata).toEqual({ reference_id: 'ANN', utm_source: 'mail' })
  await refund('124,50')
  expect(await arrived()).toMatchObject([
    { type: 'order.refunded', data: { id: sale.data.id, refunded_amount: 12_450, status: 'partially_refunded' } },
  ])
})

test.each(['', '0', '-1', '9.01', '1.234', 'all'])('nothing goes back for the amount "%s"', async (amount) => {
  await payWith('stripe', 'monthly')
  const answer = await refund(amount)
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('from $0.01 to $9.')])
  expect(refgrow.received).toEqual([])
})

test('a sale that was given back in whole cannot be given back again', async () => {
  await payWith('stripe', 'monthly')
  const sale = /name="sale" value="([^"]+)"/.exec(await text('/admin'))?.[1] ?? ''
  await refund('9')
  await arrived()
  expect(await text('/admin')).toContain('$9 given back')
  expect((await post('/admin/refunds', { sale, amount: '9' })).status).toBe(400)
  expect(refgrow.received).toEqual([])
})

test('the pricing page leads to the chosen provider, and offers only those there is a secret for', async () => {
  expect(await text('/pricing')).toContain('href="/stand-in/stripe/pay/monthly"')
  expect(await text('/pricing?pay=paddle')).toContain('data-paddle-price="pri_monthly"')
  expect(await text('/pricing?pay=lemonsqueezy')).toContain('refgrow-lemonsqueezy-link')
  expect(await text('/pricing?pay=polar')).toContain('href="https://buy.polar.sh/polar_cl_monthly"')

  const secrets = { polar: 'polar_whs_test' }
  const small = await startShop({ port: 0, refgrowUrl: refgrow.url, projectId: 7, hmacSecret, webhookSecrets: secrets })
  const html = await (await fetch(`${small.url}/pricing?pay=stripe`)).text()
  expect(html).toContain('With Polar. Halfpage')
  expect(html).not.toContain('Pay with')
  expect((await fetch(`${small.url}/stand-in/stripe/pay/monthly`)).status).toBe(404)
  await small.close()
})

test('a webhook that was not taken is delivered again with a fresh signature', async () => {
  refgrow.answers.push(503, 500)
  const { action } = await checkout('yearly?client_reference_id=ANN')
  const paid = await post(action, { email: 'carl@example.com' })
  const delivery = paid.headers.get('location') ?? ''
  expect(delivery).toMatch(/^\/stand-in\/stripe\/deliveries\//)

  await expect.poll(() => text(delivery), { timeout: 8_000 }).toContain('Refgrow has taken')
  const ids = refgrow.received.map((request) => eventOf(request).id)
  expect(ids).toHaveLength(3)
  expect(new Set(ids).size).toBe(1)
}, 15_000)

test('a form without an address, or with two, is answered with what is missing', async () => {
  const empty = await fetch(`${shop.url}/sign-up`, { method: 'POST' })
  expect([empty.status, await empty.text()]).toEqual([400, expect.stringContaining('Enter an e-mail address')])
  const twice = await fetch(`${shop.url}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams([
      ['email', 'ann@example.com'],
      ['email', 'eve@example.com'],
    ]),
  })
  expect(twice.status).toBe(400)
})

test('signing in leads to the shop and never to another site', async () => {
  const response = await post('/sign-in?next=//evil.example', { email: 'ann@example.com' })
  expect(response.headers.get('location')).toBe('/account')
})

interface Received {
  path: string
  body: string
  headers: IncomingHttpHeaders
}

/** Takes webhooks in Refgrow's place; answers 200 unless told otherwise. */
async function startReceiver() {
  const received: Received[] = []
  const answers: number[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      received.push({ path: request.url ?? '', body, headers: request.headers })
      response.writeHead(answers.shift() ?? 200).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received, answers, close: () => server.close() }
}

/** Throws unless the signature is right. */
function eventOf(request: Received | undefined) {
  expect(request?.path).toBe('/webhook/stripe/7')
  return Stripe.webhooks.constructEvent(
    request!.body,
    String(request!.headers['stripe-signature']),
    webhookSecrets.stripe,
  )
}

/** What arrived since the last call, with its signatures checked by the providers' own SDKs. */
async function arrived(): Promise<Message[]> {
  const requests = refgrow.received.splice(0)
  for (const { path, body, headers } of requests) {
    const provider = path.split('/')[2]
    if (provider === 'stripe')
      Stripe.webhooks.constructEvent(body, String(headers['stripe-signature']), webhookSecrets.stripe)
    if (provider === 'paddle')
      await new Paddle('none').webhooks.unmarshal(body, webhookSecrets.paddle, String(headers['paddle-signature']))
    if (provider === 'polar')
      await polarWebhooks.validateEvent(body, headers as Record<string, string>, webhookSecrets.polar)
    if (provider === 'lemonsqueezy')
      expect(headers['x-signature']).toBe(createHmac('sha256', webhookSecrets.lemonsqueezy).update(body).digest('hex'))
  }
  return requests.map(({ body }) => JSON.parse(body))
}

/** Pays with a provider; the answer is what its webhooks told. */
async function payWith(provider: string, planAndQuery: string): Promise<Message[]> {
  const { action } = await checkout(planAndQuery, provider)
  await post(action, { email: 'carl@example.com' })
  return arrived()
}

/** Gives part of the newest sale back in the admin page. */
async function refund(amount: string): Promise<Response> {
  const sale = /name="sale" value="([^"]+)"/.exec(await text('/admin'))?.[1] ?? 'there is none'
  return post('/admin/refunds', { sale, amount })
}

async function checkout(planAndQuery: string, provider = 'stripe'): Promise<{ action: string }> {
  const html = await text(`/stand-in/${provider}/pay/${planAndQuery}`)
  return { action: /action="([^"]+)"/.exec(html)?.[1] ?? '' }
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a provider tells is as deep as it likes
type Message = any

const text = async (path: string, headers: Record<string, string> = {}) =>
  (await fetch(shop.url + path, { headers })).text()

const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(shop.url + path, { method: 'POST', body: new URLSearchParams(fields), headers, redirect: 'manual' })

async function signIn(email: string): Promise<string> {
  const response = await post('/sign-in', { email })
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}
