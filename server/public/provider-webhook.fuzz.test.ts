/** Rightly signed, and still nothing a provider would send: refused with 400 and not stored, or stored with its error; never a 500. */
import fc from 'fast-check'
import Stripe from 'stripe'
import { describe, expect } from 'vitest'
import { connectProvider } from '../core/project/provider-connection.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import { readerOfAllRows } from '../test/all-rows.ts'
import type { ProviderName } from '../providers/registry.ts'
import {
  LEMONSQUEEZY_SECRET,
  lemonSqueezyInvoice,
  lemonSqueezyOrder,
  lemonSqueezySubscription,
  signedByLemonSqueezy,
} from '../test/lemonsqueezy-events.ts'
import {
  PADDLE_SECRET,
  paddleAdjustment,
  paddleCustomer,
  paddleSubscription,
  paddleTransaction,
  signedByPaddle,
} from '../test/paddle-events.ts'
import {
  POLAR_SECRET,
  polarCustomer,
  polarOrder,
  polarRefund,
  polarSubscription,
  signedByPolar,
} from '../test/polar-events.ts'
import { checkout, type Programme, WEBHOOK_SECRET, withProgramme } from '../test/programme.ts'
import { chargeRefunded, customer, dispute, invoicePaid, refundObject } from '../test/stripe-events.ts'

interface Sender {
  secret: string
  /** The provider signs text; these helpers turn a value into it. */
  sign: (event: object, id: string) => { payload: string; headers: Record<string, string> }
  events: object[]
  /** Where its id and its type stand, if they stand in the body. */
  names: string[][]
}

const ids = { charge: 'ch_1', payment: 'pi_1', amount: 5_000 }

const SENDERS: Record<ProviderName, Sender> = {
  stripe: {
    secret: WEBHOOK_SECRET,
    sign: (event) => {
      const payload = JSON.stringify(event)
      const stripe = new Stripe('sk_test_none')
      const header = stripe.webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET })
      return { payload, headers: { 'stripe-signature': header } }
    },
    events: [
      checkout({ id: '1', amount: 5_000, code: 'ANN' }),
      invoicePaid({ id: 'in_1', customer: 'cus_1', subscription: 'sub_1', total: 5_000, metadata: {} }),
      chargeRefunded({ ...ids, refunded: 2_000 }),
      refundObject({ id: 're_1', ...ids }),
      dispute({ id: 'dp_1', ...ids }),
      customer({ id: 'cus_1', email: 'buyer@example.com' }),
    ],
    names: [['id'], ['type']],
  },
  paddle: {
    secret: PADDLE_SECRET,
    sign: (event) => signedByPaddle(event),
    events: [
      paddleTransaction({ id: 'txn_1', total: 5_000, code: 'ANN' }),
      paddleAdjustment({ id: 'adj_1', transaction: 'txn_1', total: 2_000 }),
      paddleCustomer('ctm_1', 'buyer@example.com'),
      paddleSubscription({ subscription: 'sub_1', code: 'ANN' }),
    ],
    names: [['event_id'], ['event_type']],
  },
  lemonsqueezy: {
    secret: LEMONSQUEEZY_SECRET,
    sign: (event) => signedByLemonSqueezy(event),
    events: [
      lemonSqueezyOrder('order_created', { id: 1, total: 5_000, code: 'ANN' }),
      lemonSqueezyOrder('order_refunded', { id: 1, total: 5_000, refunded: 2_000 }),
      lemonSqueezySubscription('subscription_created', { id: 1, order: 1 }),
      lemonSqueezyInvoice('subscription_payment_success', { id: 1, subscription: 1, total: 5_000 }),
    ],
    names: [['meta', 'event_name'], ['meta']],
  },
  polar: {
    secret: POLAR_SECRET,
    sign: (event, id) => signedByPolar(event, id),
    events: [
      polarOrder('order.paid', { id: 'order-1', net: 5_000, code: 'ANN' }),
      polarRefund('refund.created', { id: 'refund-1', order: 'order-1', amount: 2_000 }),
      polarSubscription('subscription.created', { subscription: 'sub-1', code: 'ANN' }),
      polarCustomer('customer-1', 'buyer@example.com'),
    ],
    names: [['type']],
  },
}

const NO_OBJECTS = [null, [], 'x', 5, true, [{ id: 'evt_1', type: 'order.paid' }], {}]
const NO_NAMES = [undefined, null, '', 5, true, {}, [], ['x'], 'x'.repeat(256), 'x'.repeat(100_000), 'a\0b']

describe.each(Object.entries(SENDERS) as [ProviderName, Sender][])(
  '%s',
  (provider, { secret, sign, events, names }) => {
    const connected = (title: string, story: (programme: Programme) => Promise<void>) =>
      withProgramme(title, async (programme) => {
        const { db, sealer, projectId, clock } = programme
        await db
          .transaction()
          .execute((tx) => connectProvider(tx, projectId, provider, sealer.seal(secret), clock.now()))
        await programme.addAffiliate('ANN')
        await story(programme)
      })

    const send = async ({ app, projectId }: Programme, event: unknown, id = 'msg_1') => {
      const { payload, headers } = sign(event as object, id)
      const url = `/webhook/${provider}/${projectId}`
      const response = await app.inject({ method: 'POST', url, payload, headers: { ...headers, ...JSON_TYPE } })
      return { status: response.statusCode, body: response.json<{ code?: string; error?: string }>() }
    }

    connected(
      'signed JSON that is no event is answered 400 with a sentence, and nothing of it is stored',
      async (programme) => {
        const everything = await readerOfAllRows(programme.db, programme.engine)
        const before = await everything()
        const [event] = events
        const wrong = [...NO_OBJECTS, ...names.flatMap((path) => NO_NAMES.map((value) => changed(event, path, value)))]
        for (const value of wrong) {
          const answer = await send(programme, value)
          const shown = JSON.stringify(value).slice(0, 200)
          expect([shown, answer]).toEqual([
            shown,
            { status: 400, body: expect.objectContaining({ code: 'invalid_request' }) },
          ])
          expect(answer.body.error).toMatch(/^The body is not a (Stripe|Paddle|Lemon Squeezy|Polar) event/)
        }
        expect(await everything()).toEqual(before)
      },
    )

    connected(
      'an event with anything at all in one of its fields is never a 500, and the books balance',
      async (programme) => {
        let number = 0
        const cases = fc.constantFrom(...events).chain((event) =>
          fc.record({
            event: fc.constant(event),
            path: fc.constantFrom(...pathsOf(event)),
            value: ODD,
          }),
        )
        await fc.assert(
          fc.asyncProperty(cases, async ({ event, path, value }) => {
            const { status } = await send(programme, changed(event, path, value), `msg_${number++}`)
            expect([200, 400]).toContain(status)
          }),
          { numRuns: 150, seed: 12 },
        )
        const states = await programme.db.selectFrom('provider_event_state').select('status').execute()
        const stored = await programme.db.selectFrom('provider_event').select('id').execute()
        expect(states).toHaveLength(stored.length)
        // Not one is left in the middle: it failed with a reason, or it came to an end.
        expect(states.filter(({ status }) => status === 'received')).toEqual([])
        expect(await programme.db.transaction().execute((tx) => verifyLedger(tx, programme.clock.now()))).toMatchObject(
          { ok: true },
        )
      },
    )
  },
)

const JSON_TYPE = { 'content-type': 'application/json' }

/** What breaks programs; `undefined`: the field is missing. */
const ODD = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    ' ',
    'a\0b',
    '\ud800',
    '💸'.repeat(100),
    'x'.repeat(5_000),
    '1e400',
    '9007199254740993',
    '-1',
    'NaN',
    '__proto__',
    '2026-02-30T99:99:99Z',
    true,
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    [],
    [null],
    [[]],
    {},
    { toString: 1 },
    { length: -1 },
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

/** Every field of an event, those inside others too. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...path, name]))
  return path.length > 0 ? [path, ...inner] : inner
}

function changed(event: unknown, [name = '', ...rest]: string[], value: unknown): unknown {
  const copy = (Array.isArray(event) ? [...(event as unknown[])] : { ...(event as object) }) as Record<string, unknown>
  copy[name] = rest.length > 0 ? changed(copy[name], rest, value) : value
  return copy
}
