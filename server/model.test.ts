/**
 * Promises 2, 5, 6, 7, 9 and 11 together: random histories of sales, refunds, verdicts, payouts and deletions, compared with
 * a small model in memory after every step, on both databases.
 */
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { createPayout, reversePayout } from './core/payout/payout.ts'
import { deleteAffiliate } from './core/erasure/delete.ts'
import { DomainError } from './core/kit/errors.ts'
import { balanceAt } from './core/ledger/ledger.ts'
import { getProject } from './core/project/project.ts'
import { recordRefund } from './core/conversion/refund.ts'
import { verifyLedger } from './core/ledger/verify.ts'
import type { Project, Tx } from './db/schema.ts'
import { checkout, createProgramme, type Programme, withProgramme } from './test/programme.ts'
import { onBothDatabases } from './test/databases.ts'
import { eraseNow } from './test/erasures.ts'

/** The whole of the rules, once more and as short as they can be said: 20 % and no hold, a second tier of 5 %. */
class Model {
  sales = new Map<string, { seller: string; amount: number; refunds: Map<string, number>; ok: boolean }>()
  paid = new Map<string, number>()
  payouts: { to: string; amount: number; back: boolean }[] = []

  earned(name: string): number {
    let sum = 0
    for (const { seller, amount, refunds, ok } of this.sales.values()) {
      if (!ok) continue
      const back = Math.min(
        [...refunds.values()].reduce((a, b) => a + b, 0),
        amount,
      )
      const first = share(amount, 20, 100)
      const tiers = [
        [seller, first],
        [PARENT[seller], Math.min(share(amount, 5, 100), amount - first)],
      ] as const
      for (const [who, commission] of tiers) if (who === name) sum += commission - share(commission, back, amount)
    }
    return sum
  }

  eligible = (name: string) => this.earned(name) - (this.paid.get(name) ?? 0)
}

const share = (amount: number, part: number, base: number) => Math.floor((2 * amount * part + base) / (2 * base))
const NAMES = ['ANN', 'BEN', 'CAT'] as const
/** Ben was invited by Ann. */
const PARENT: Record<string, string | undefined> = { BEN: 'ANN' }

const name = fc.constantFrom(...NAMES)
const order = fc.constantFrom('a', 'b', 'c', 'd')
const step = fc.oneof(
  fc.record({ kind: fc.constant('sell' as const), order, name, amount: fc.integer({ min: 1, max: 100_000 }) }),
  fc.record({
    kind: fc.constant('refund' as const),
    order,
    id: fc.constantFrom('r1', 'r2', 'r3'),
    amount: fc.integer({ min: 1, max: 60_000 }),
  }),
  fc.record({ kind: fc.constant('judge' as const), order, ok: fc.boolean() }),
  fc.record({ kind: fc.constant('pay' as const), name }),
  fc.record({ kind: fc.constant('unpay' as const), index: fc.nat(5) }),
)

describe('the model', () => {
  withProgramme(
    "after every step the balances are the model's and the ledger proves itself",
    async (programme) => {
      for (const one of NAMES) await programme.addAffiliate(one)
      await invite(programme)
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
          round += 1
          const model = new Model()
          const before = await eligibles(programme)
          const conversions = new Map<string, number>()
          for (const one of steps) {
            await run(programme, model, conversions, one, round)
            const now = await eligibles(programme)
            for (const who of NAMES) expect(now[who]! - before[who]!, JSON.stringify(one)).toBe(model.eligible(who))
            await expectBalanced(programme)
          }
        }),
        { numRuns: programme.engine === 'sqlite' ? 30 : 12 },
      )
    },
    120_000,
  )
})

async function run(
  programme: Programme,
  model: Model,
  conversions: Map<string, number>,
  one: Step,
  round: number,
): Promise<void> {
  const { db, clock } = programme
  const work = <T>(act: (tx: Tx, project: Project) => Promise<T>) =>
    db.transaction().execute(async (tx) => act(tx, await getProject(tx, programme.projectId)))
  if (one.kind === 'sell') {
    // The same order again, from the provider again: nothing more is earned.
    const id = `${round}-${one.order}`
    const sale = model.sales.get(one.order)
    await programme.deliver(
      checkout({ id, amount: sale?.amount ?? one.amount, code: one.name, email: `${id}@example.com` }),
    )
    if (sale) return
    model.sales.set(one.order, { seller: one.name, amount: one.amount, refunds: new Map(), ok: true })
    const { id: conversion } = await db
      .selectFrom('conversion')
      .select('id')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    conversions.set(one.order, conversion)
  }
  const sale = 'order' in one ? model.sales.get(one.order) : undefined
  const conversion = 'order' in one ? conversions.get(one.order) : undefined
  if (one.kind === 'refund' && sale && conversion) {
    const external_id = `${round}-${one.order}-${one.id}`
    const refund = { provider: 'stripe', external_id, amount: one.amount, reason: null, occurred_at: clock.now() }
    const isNew = await work((tx, project) => recordRefund(tx, project, conversion, refund, clock.now()))
    expect(isNew).toBe(!sale.refunds.has(one.id))
    if (isNew) sale.refunds.set(one.id, one.amount)
  }
  if (one.kind === 'judge' && sale && conversion) {
    await programme.call('PUT', `/conversions/${conversion}`, { status: one.ok ? 'approved' : 'denied' })
    // What was refunded stays refunded, also when the sale is approved again.
    sale.ok = one.ok
  }
  if (one.kind === 'pay') {
    const { id } = await db
      .selectFrom('affiliate')
      .select('id')
      .where('email_key', '=', `${one.name.toLowerCase()}@example.com`)
      .executeTakeFirstOrThrow()
    const eligible = (await eligibles(programme))[one.name]!
    const paying = work((tx, project) => createPayout(tx, project, { affiliate_id: id }, clock.now()))
    if (eligible <= 0) return await expect(paying).rejects.toThrow(DomainError)
    expect(await paying).toMatchObject({ amount: eligible, status: 'paid' })
    model.payouts.push({ to: one.name, amount: eligible, back: false })
    model.paid.set(one.name, (model.paid.get(one.name) ?? 0) + eligible)
  }
  if (one.kind === 'unpay') {
    const payout = model.payouts[one.index]
    if (!payout) return
    const rows = await db.selectFrom('payout').select('id').orderBy('id', 'desc').limit(model.payouts.length).execute()
    const { id } = rows.toReversed()[one.index]!
    const reversing = work((tx, project) => reversePayout(tx, project, id, clock.now()))
    if (payout.back) return await expect(reversing).rejects.toThrow('was reversed before')
    await reversing
    payout.back = true
    model.paid.set(payout.to, (model.paid.get(payout.to) ?? 0) - payout.amount)
  }
}
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

async function invite({ db }: Programme): Promise<void> {
  await db.updateTable('affiliate').set({ parent_id: 1 }).where('id', '=', 2).execute()
  await db.updateTable('commission_rule').set({ second_kind: 'percent', second_basis_points: 500 }).execute()
}

async function eligibles({ db, clock }: Programme): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('affiliate')
    .leftJoin('balance', 'balance.affiliate_id', 'affiliate.id')
    .select(['affiliate.email', 'balance.currency', 'balance.earned', 'balance.paid', 'balance.held'])
    .execute()
  return Object.fromEntries(
    rows.map(({ email, currency, earned, paid, held }) => [
      email.slice(0, 3).toUpperCase(),
      currency === null
        ? 0
        : balanceAt({ currency, earned: earned ?? 0, paid: paid ?? 0, held: held ?? '{}' }, clock.now()).eligible,
    ]),
  )
}

async function expectBalanced({ db, clock }: Programme): Promise<void> {
  expect(await db.transaction().execute((tx) => verifyLedger(tx, clock.now()))).toMatchObject({ ok: true })
  const { living } = await db
    .selectFrom('affiliate')
    .where('deleted_at', 'is', null)
    .select((eb) => eb.fn.countAll<number>().as('living'))
    .executeTakeFirstOrThrow()
  expect(await db.selectFrom('project').select('affiliate_count').execute()).toEqual([{ affiliate_count: living }])
}

describe('promise 6: a refund takes back its share, once', () => {
  withProgramme(
    'in any order and number of steps, of both tiers, and never more than was earned',
    async (programme) => {
      for (const one of NAMES) await programme.addAffiliate(one)
      await invite(programme)
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 3, max: 100_000 }),
          fc.uniqueArray(fc.record({ id: fc.uuid(), amount: fc.integer({ min: 1, max: 40_000 }) }), {
            selector: ({ id }) => id,
            maxLength: 6,
          }),
          async (amount, refunds) => {
            const id = Math.random().toString(36).slice(2)
            await programme.deliver(checkout({ id, amount, code: 'BEN', email: `${id}@example.com` }))
            const { id: conversion } = await programme.db
              .selectFrom('conversion')
              .select('id')
              .orderBy('id', 'desc')
              .limit(1)
              .executeTakeFirstOrThrow()
            for (const refund of [...refunds, ...refunds.toReversed()])
              await programme.db.transaction().execute(async (tx) => {
                const fact = {
                  provider: 'stripe',
                  external_id: refund.id,
                  amount: refund.amount,
                  reason: null,
                  occurred_at: programme.clock.now(),
                }
                await recordRefund(tx, await getProject(tx, 1), conversion, fact, programme.clock.now())
              })
            const back = Math.min(
              refunds.reduce((sum, refund) => sum + refund.amount, 0),
              amount,
            )
            const commissions = await programme.db
              .selectFrom('commission')
              .selectAll()
              .where('conversion_id', '=', conversion)
              .execute()
            for (const commission of commissions) {
              expect(commission.taken_back).toBe(share(commission.amount, back, amount))
              const { taken } = await programme.db
                .selectFrom('ledger_entry')
                .select((eb) => eb.fn.sum<number | null>('amount').as('taken'))
                .where('commission_id', '=', commission.id)
                .where('kind', '=', 'clawback')
                .executeTakeFirstOrThrow()
              expect(taken ?? 0).toBe(commission.taken_back)
            }
          },
        ),
        { numRuns: 15 },
      )
      await expectBalanced(programme)
    },
  )
})

describe('promise 7: a refund after payout is carried, not lost', () => {
  withProgramme('the next payout is smaller, and a negative balance is never paid', async (programme) => {
    await programme.addAffiliate('ANN')
    const pay = () => programme.call('POST', '/payouts', { affiliate_id: 1 })
    await programme.deliver(checkout({ id: 'one', amount: 10_000, code: 'ANN', email: 'one@example.com' }))
    expect((await pay()).body.data).toMatchObject({ amount: '20.00', status: 'paid' })
    await programme.db.transaction().execute(async (tx) => {
      const fact = {
        provider: 'stripe',
        external_id: 're_1',
        amount: 10_000,
        reason: null,
        occurred_at: programme.clock.now(),
      }
      await recordRefund(tx, await getProject(tx, 1), 1, fact, programme.clock.now())
    })
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '0.00',
      eligible: '-20.00',
      held: '0.00',
      paid: '20.00',
    })
    expect((await pay()).status).toBe(400)
    await programme.deliver(checkout({ id: 'two', amount: 25_000, code: 'ANN', email: 'two@example.com' }))
    expect((await pay()).body.data).toMatchObject({ amount: '30.00' })
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '50.00',
      eligible: '0.00',
      held: '0.00',
      paid: '50.00',
    })
    await expectBalanced(programme)
  })
})

describe('deleting', () => {
  withProgramme('a deleted affiliate is gone, owed nothing, and the books still balance', async (programme) => {
    for (const one of NAMES) await programme.addAffiliate(one)
    await programme.setTerms({ percent: 20, holdDays: 30 })
    await programme.deliver(checkout({ id: 'held', amount: 5000, code: 'ANN', email: 'one@example.com' }))
    await programme.setTerms({ percent: 10 })
    await programme.deliver(
      checkout({ id: 'free', amount: 5000, code: 'ANN', email: 'two@example.com', currency: 'eur' }),
    )
    expect((await programme.call('DELETE', '/affiliates/ann%40example.com')).status).toBe(204)
    for (const path of ['/affiliates/ann%40example.com', '/affiliates/1'])
      expect((await programme.call('GET', path)).status).toBe(404)
    await expectBalanced(programme)
    const balances = await programme.db.selectFrom('balance').selectAll().execute()
    for (const row of balances)
      expect(balanceAt(row, programme.clock.now())).toMatchObject({ total: 0, eligible: 0, held: 0, paid: 0 })
    await eraseNow(programme)
    expect(JSON.stringify(await programme.tables())).not.toContain('ann@example.com')
    expect((await programme.get('/api/v1/conversions')).body.data).toMatchObject([
      { affiliate_id: null },
      { affiliate_id: null },
    ])
    // Both the e-mail and the code can join again.
    const again = await programme.call('POST', '/affiliates', { email: 'ann@example.com', referral_code: 'ANN' })
    expect([again.status, again.body.data.id]).toEqual([201, 4])
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '0.00' })
    programme.clock.set('2027-06-01T00:00:00.000Z')
    await expectBalanced(programme)
  })

  withProgramme('a deleted customer leaves no address, and his sales are reversed', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'buyer@example.com' }))
    expect((await programme.call('DELETE', '/referrals/buyer%40example.com')).status).toBe(204)
    expect((await programme.call('GET', '/referrals/buyer%40example.com')).status).toBe(404)
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '0.00' })
    await eraseNow(programme)
    expect(JSON.stringify(await programme.tables())).not.toContain('buyer@example.com')
    await expectBalanced(programme)
  })

  onBothDatabases('an affiliate deleted while he is sold for ends in one of the two orders', async (fresh) => {
    const programme = await createProgramme(fresh)
    await programme.addAffiliate('ANN')
    const project = await fresh.db.transaction().execute((tx) => getProject(tx, 1))
    const affiliate = await fresh.db.selectFrom('affiliate').selectAll().executeTakeFirstOrThrow()
    await Promise.all([
      programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' })),
      fresh.db.transaction().execute((tx) => deleteAffiliate(tx, project, affiliate, programme.clock.now())),
    ])
    await expectBalanced(programme)
    await programme.app.close()
  })
})

describe('levels and tiers', () => {
  withProgramme(
    'whoever sold enough earns by the next level from then on, unless his level was set by hand',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const { db, clock } = programme
      await db.transaction().execute(async (tx) => {
        const { id } = await tx
          .insertInto('commission_level')
          .values({
            project_id: 1,
            campaign_id: 1,
            position: 1,
            name: 'Gold',
            metric: 'amount',
            threshold: 1e4,
            period: 'total',
            created_at: clock.now(),
          })
          .returning('id')
          .executeTakeFirstOrThrow()
        await tx
          .insertInto('commission_rule')
          .values({
            project_id: 1,
            campaign_id: 1,
            version: 2,
            kind: 'percent',
            basis_points: 5000,
            amount: null,
            currency: null,
            hold_days: 0,
            level_id: id,
            created_at: clock.now(),
          })
          .execute()
      })
      const totals: string[] = []
      for (const id of ['one', 'two', 'three']) {
        await programme.deliver(checkout({ id, amount: 5000, code: 'ANN', email: `${id}@example.com` }))
        totals.push((await programme.earningsOf('ann@example.com')).total)
      }
      expect(totals).toEqual(['10.00', '20.00', '45.00'])
    },
  )

  withProgramme('the one who invited the seller earns his share of the sale, and it is told why', async (programme) => {
    for (const one of NAMES) await programme.addAffiliate(one)
    await invite(programme)
    await programme.deliver(checkout({ id: 'one', amount: 10_000, code: 'BEN' }))
    expect(await programme.earningsOf('ben@example.com')).toMatchObject({ total: '20.00' })
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '5.00' })
    const { data } = (await programme.call('GET', '/conversions/1/attribution')).body
    expect(data.explanation.at(-1)).toBe('Affiliate 1, who invited the seller, earned 5.00 USD.')
  })
})
