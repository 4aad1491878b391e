import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Stripe } from 'stripe'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startShop, userHash } from './shop.ts'

const stripeWebhookSecret = 'whsec_test'
const hmacSecret = 'shared with nobody'

let refgrow: Awaited<ReturnType<typeof startReceiver>>
let shop: Awaited<ReturnType<typeof startShop>>

beforeEach(async () => {
  refgrow = await startReceiver()
  shop = await startShop({ port: 0, refgrowUrl: refgrow.url, projectId: 7, hmacSecret, stripeWebhookSecret })
})
afterEach(async () => {
  await shop.close()
  refgrow.close()
})

test('every page carries the tracker, and a policy that lets it in', async () => {
  for (const path of ['/', '/pricing', '/sign-up', '/sign-in', '/affiliates', '/thank-you', '/no-such-page']) {
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

test('a webhook that was not taken is delivered again with a fresh signature', async () => {
  refgrow.answers.push(503, 500)
  const { action } = await checkout('yearly?client_reference_id=ANN')
  const paid = await post(action, { email: 'carl@example.com' })
  const delivery = paid.headers.get('location') ?? ''
  expect(delivery).toMatch(/\/delivery$/)

  await expect.poll(() => text(delivery), { timeout: 8_000 }).toContain('Refgrow has taken the webhook')
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
  signature: string
}

/** Takes webhooks in Refgrow's place; answers 200 unless told otherwise. */
async function startReceiver() {
  const received: Received[] = []
  const answers: number[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      received.push({ path: request.url ?? '', body, signature: String(request.headers['stripe-signature']) })
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
  return Stripe.webhooks.constructEvent(request!.body, request!.signature, stripeWebhookSecret)
}

async function checkout(planAndQuery: string): Promise<{ action: string }> {
  const html = await text(`/stand-in/stripe/pay/${planAndQuery}`)
  return { action: /action="([^"]+)"/.exec(html)?.[1] ?? '' }
}

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
