/** `reconcile` with Paddle, Lemon Squeezy and Polar: the same story with each, in the provider's own records. */
import { describe, expect } from 'vitest'
import { connectProvider } from '../core/project/provider-connection.ts'
import { lemonSqueezyInvoice, lemonSqueezyOrder } from '../test/lemonsqueezy-events.ts'
import { paddleAdjustment, paddleTransaction } from '../test/paddle-events.ts'
import { polarOrder, polarRefund } from '../test/polar-events.ts'
import { type Programme, withProgramme } from '../test/programme.ts'
import { type ProviderDouble, type Row, startProvider } from '../test/provider-double.ts'
import { TELLERS } from '../test/told-lives.ts'
import { reconcile } from './reconcile.ts'

const AT = '2026-11-20T12:00:00.000Z'
const SINCE = '2026-11-01T00:00:00.000Z'

/** What a provider has on record: path, object; and what its webhook would have sent of it. */
interface Record {
  path: string
  row: Row
  event: object
}

interface Bookkeeper {
  /** Minor units; 20 % tax on top of `net`. */
  sale: (n: number, net: number) => Record
  /** Of everything, with tax, so far this much. */
  refund: (n: number, gross: number, of: number) => Record
  /** Ids in the report. */
  saleId: (n: number) => string
  refundId: (n: number) => string
  lists: string[]
}

const gross = (net: number) => net + net / 5

const BOOKS: { [provider in 'paddle' | 'lemonsqueezy' | 'polar']: Bookkeeper } = {
  paddle: {
    lists: ['/transactions', '/adjustments'],
    saleId: (n) => `txn_${n}`,
    refundId: (n) => `adj_${n}`,
    sale: (n, net) => {
      const event = paddleTransaction({ id: `txn_${n}`, total: gross(net), tax: net / 5, code: 'ANN', at: AT })
      return { path: '/transactions', event, row: { ...event.data, created_at: AT, billed_at: AT } }
    },
    refund: (n, amount) => {
      const event = paddleAdjustment({ id: `adj_${n}`, transaction: `txn_${n}`, total: amount, at: AT })
      return { path: '/adjustments', event, row: { ...event.data, created_at: AT, updated_at: AT } }
    },
  },
  lemonsqueezy: {
    lists: ['/v1/orders', '/v1/subscription-invoices'],
    saleId: (n) => String(n),
    refundId: (n) => String(n),
    sale: (n, net) => {
      const email = `buyer${n}@customers.test`
      const event = lemonSqueezyOrder('order_created', { id: n, total: gross(net), tax: net / 5, email, at: AT })
      return { path: '/v1/orders', event, row: event.data }
    },
    refund: (n, amount, of) => {
      const event = lemonSqueezyOrder('order_refunded', { id: n, total: of, tax: of / 6, refunded: amount, at: AT })
      return { path: '/v1/orders', event, row: event.data }
    },
  },
  polar: {
    lists: ['/v1/orders', '/v1/refunds'],
    saleId: (n) => `order-${n}`,
    refundId: (n) => `refund-${n}`,
    sale: (n, net) => {
      const buyer = { customer: `customer-${n}`, email: `buyer${n}@customers.test`, code: 'ANN' }
      const event = polarOrder('order.paid', { ...buyer, id: `order-${n}`, net, tax: net / 5, at: AT })
      return { path: '/v1/orders', event, row: event.data }
    },
    refund: (n, amount) => {
      const tax = amount / 6
      const refund = { id: `refund-${n}`, order: `order-${n}`, customer: `customer-${n}`, amount: amount - tax, tax }
      const event = polarRefund('refund.updated', { ...refund, at: AT })
      return { path: '/v1/refunds', event, row: event.data }
    },
  },
}

type Name = keyof typeof BOOKS

interface Story extends Programme {
  double: ProviderDouble
  /** On record there, and, when told, here. */
  keep: (record: Record, told?: boolean) => Promise<void>
  compare: (repair?: boolean, since?: string) => Promise<string[]>
}

const withBooks = (provider: Name, title: string, story: (programme: Story) => Promise<void>) =>
  withProgramme(title, async (programme) => {
    const double = await startProvider(provider)
    for (const list of BOOKS[provider].lists) double.rows[list] = []
    const { db, sealer, projectId, clock, app } = programme
    const api = { api_key_sealed: sealer.seal(double.key), api_url: double.url, endpoint_id: null }
    const secret = sealer.seal(TELLERS[provider].secret)
    try {
      await db.transaction().execute((tx) => connectProvider(tx, projectId, provider, secret, clock.now(), api))
      await programme.addAffiliate('ANN')
      await story({
        ...programme,
        double,
        keep: async ({ path, row, event }, told = false) => {
          const list = (double.rows[path] ??= [])
          const known = list.findIndex(({ id }) => id === row.id)
          if (known >= 0) list[known] = row
          else list.push(row)
          if (!told) return
          const { payload, headers } = TELLERS[provider].sign(event)
          const url = `/webhook/${provider}/${projectId}`
          const type = { 'content-type': 'application/json' }
          const answer = await app.inject({ method: 'POST', url, payload, headers: { ...type, ...headers } })
          expect(answer.json()).toMatchObject({ data: { status: 'processed' } })
        },
        compare: async (repair = false, since = SINCE) => {
          const report = await reconcile(programme, projectId, provider, { since, repair, progress: () => {} })
          return report.differences.map(({ kind, external_id, provider_says, recorded, result }) =>
            [kind, external_id, provider_says ?? 'nothing', recorded ?? 'nothing', result].join(' | '),
          )
        },
      })
    } finally {
      await double.close()
    }
  })

/** Lemon Squeezy's records name no code: there the buyers are known as Ann's. */
async function signUp(programme: Programme, people: number): Promise<void> {
  for (let n = 1; n <= people; n++)
    await programme.report({
      project_id: programme.projectId,
      type: 'signup',
      email: `buyer${n}@customers.test`,
      referral_code: 'ANN',
    })
}

const salesOf = ({ db }: Programme) =>
  db.selectFrom('conversion').select('id').where('type', '=', 'purchase').orderBy('id').execute()

describe.each(Object.keys(BOOKS) as Name[])('reconcile with %s', (provider) => {
  const { sale, refund, saleId, refundId, lists } = BOOKS[provider]

  withBooks(provider, 'lists what was never told, and books it through the same pipeline, once', async (story) => {
    const { keep, compare, double, earningsOf } = story
    await signUp(story, 3)
    await keep(sale(1, 10_000), true)
    await keep(sale(2, 5_000))
    await keep(refund(1, 6_000, 12_000))
    double.trouble.push(429)
    const missing = [
      `sale_without_decision | ${saleId(2)} | 50.00 USD | nothing`,
      `refund_not_mirrored | ${refundId(1)} | 60.00 USD | nothing`,
    ]
    expect(await compare()).toEqual(missing.map((line) => `${line} | left`))
    expect((await earningsOf('ann@example.com')).total).toBe('20.00')
    expect(await compare(true)).toEqual(missing.map((line) => `${line} | repaired`))
    // Half of 20, and 20 % of 50.
    expect((await earningsOf('ann@example.com')).total).toBe('20.00')
    expect(await salesOf(story)).toHaveLength(2)
    expect(await compare(true)).toEqual([])

    // And when the webhooks come after all.
    const before = await story.tables()
    if (provider !== 'lemonsqueezy') await keep(sale(2, 5_000), true)
    await keep(refund(1, 6_000, 12_000), true)
    const after = await story.tables()
    for (const table of ['commission', 'ledger_entry']) expect(after[table]).toEqual(before[table])
  })

  withBooks(provider, 'names other amounts, sales nobody paid, and refunds of unknown sales', async (story) => {
    const { keep, compare, call, double } = story
    await signUp(story, 3)
    await keep(sale(1, 10_000), true)
    await call('PUT', `/conversions/${(await salesOf(story))[0]?.id}`, { base_value: 7.5 })
    await keep(sale(2, 5_000), true)
    const list = double.rows[lists[0] ?? ''] ?? []
    list.splice(1, 1)
    if (provider !== 'lemonsqueezy') await keep(refund(9, 1_200, 12_000))
    const found = await compare(true)
    expect(found).toContain(`commission_without_payment | ${saleId(2)} | nothing | 10.00 USD | left`)
    expect(found).toContain(`amount_differs | ${saleId(1)} | 100.00 USD | 7.50 USD | left`)
    if (provider !== 'lemonsqueezy')
      expect(found).toContain(`refund_of_unknown_sale | ${refundId(9)} | 12.00 USD | nothing | left`)
  })

  withBooks(provider, 'reads page after page; what cannot be read is one sentence', async (story) => {
    const { compare, double, db, sealer } = story
    double.rows[lists[0] ?? ''] = Array.from({ length: 130 }, (_, n) => sale(n + 1, 100).row)
    expect(await compare()).toHaveLength(130)
    expect(double.requests.filter((request) => request === `GET ${lists[0]}`).length).toBeGreaterThan(1)
    expect(await compare(false, '2026-11-21T00:00:00.000Z')).toEqual([])
    await db
      .updateTable('provider_connection')
      .set({ api_key_sealed: sealer.seal('another key') })
      .execute()
    await expect(compare()).rejects.toThrow(/^(Paddle|Lemon Squeezy|Polar) does not accept the key \(401\)$/)
    await db.updateTable('provider_connection').set({ api_key_sealed: null }).execute()
    await expect(compare()).rejects.toThrow(/key is stored; run "refgrow provider connect/)
  })
})

withBooks('lemonsqueezy', 'later invoices are sales of their own, the first is its order', async (story) => {
  const { keep, compare, double } = story
  await signUp(story, 1)
  const buyer = { email: 'buyer1@customers.test', at: AT } as const
  await keep(BOOKS.lemonsqueezy.sale(1, 10_000), true)
  const invoice = { ...buyer, subscription: 7, total: 12_000, tax: 2_000 }
  const path = '/v1/subscription-invoices'
  const first = lemonSqueezyInvoice('subscription_payment_success', { ...invoice, id: 20, reason: 'initial' })
  const second = lemonSqueezyInvoice('subscription_payment_success', { ...invoice, id: 21, refunded: 6_000 })
  double.rows[path] = [first.data, second.data]
  expect(await compare(true)).toEqual([
    'sale_without_decision | invoice-21 | 100.00 USD | nothing | repaired',
    'refund_not_mirrored | invoice-21 | 60.00 USD | nothing | repaired',
  ])
  expect((await story.earningsOf('ann@example.com')).total).toBe('30.00')
})
