/**
 * Promises 2, 5, 6, 7, 9 and 11 together: random histories of sales, refunds, verdicts and payouts, compared with a small model
 * in memory after every step.
 */
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { recordRefund } from '../core/conversion/refund.ts'
import { DomainError } from '../core/kit/errors.ts'
import { balanceAt } from '../core/ledger/ledger.ts'
import { createPayout, reversePayout } from '../core/payout/payout.ts'
import { getProject } from '../core/project/project.ts'
import type { Project, Tx } from '../db/schema.ts'
import { expectBalanced } from '../test/balanced.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'
import { inviteBen, NAMES, PARENT, share } from '../test/two-tiers.ts'

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

describe('promise 9: the ledger balances through random histories', () => {
  withProgramme(
    "after every step the balances are the model's and the ledger proves itself",
    async (programme) => {
      for (const one of NAMES) await programme.addAffiliate(one)
      await inviteBen(programme)
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
