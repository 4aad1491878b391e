/** Promise 5: currencies never mix. Every ledger entry moves money of one currency; what belongs to it is of the same one. */
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { deleteConversion, reviewConversion, setPaid, correctConversion } from '../core/conversion/change.ts'
import { DomainError } from '../core/kit/errors.ts'
import { createPayout, reversePayout } from '../core/payout/payout.ts'
import { getProject } from '../core/project/project.ts'
import { recordRefund } from '../core/conversion/refund.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import type { Project, Tx } from '../db/schema.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'

/** USD is the programme's; EUR has a rate and becomes USD; yen (no decimals) and dinars (three) stay what they are. */
const currency = fc.constantFrom('USD', 'EUR', 'JPY', 'KWD')
const amount = fc.integer({ min: 1, max: 100_000 })
const which = fc.nat(20)
const step = fc.oneof(
  fc.record({ kind: fc.constant('sell' as const), amount, currency }),
  fc.record({ kind: fc.constant('refund' as const), which, amount }),
  fc.record({ kind: fc.constant('change' as const), which, amount, currency }),
  fc.record({ kind: fc.constant('judge' as const), which, ok: fc.boolean() }),
  fc.record({ kind: fc.constant('mark paid' as const), which, paid: fc.boolean() }),
  fc.record({ kind: fc.constant('pay' as const), currency }),
  fc.record({ kind: fc.constant('unpay' as const), which }),
  fc.record({ kind: fc.constant('delete' as const), which }),
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

describe('promise 5: currencies never mix', () => {
  withProgramme(
    'whatever is sold, changed, refunded and paid, in four currencies and two tiers',
    async (programme) => {
      for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
      await programme.db.updateTable('affiliate').set({ parent_id: 1 }).where('id', '=', 2).execute()
      await programme.db
        .updateTable('commission_rule')
        .set({ second_kind: 'percent', second_basis_points: 500 })
        .execute()
      await programme.db
        .insertInto('exchange_rate')
        .values({ base: 'EUR', quote: 'USD', day: '2026-11-19', rate: '1.0842', source: 'test' })
        .execute()
      for (const currency of ['USD', 'EUR', 'JPY', 'KWD'] as const)
        await run(programme, { kind: 'sell', amount: 5000, currency })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), async (steps) => {
          for (const one of steps) await run(programme, one)
          await expectUnmixed(programme)
        }),
        { numRuns: programme.engine === 'sqlite' ? 30 : 8 },
      )
      const { ledger_entry } = await programme.tables()
      const seen = new Set((ledger_entry as { currency: string }[]).map((entry) => entry.currency))
      expect([...seen].sort()).toEqual(expect.arrayContaining(['JPY', 'KWD', 'USD']))
    },
    120_000,
  )
})

let made = 0

async function run(programme: Programme, one: Step): Promise<void> {
  const { db, clock } = programme
  const now = clock.now()
  const work = async (act: (tx: Tx, project: Project) => Promise<unknown>) => {
    // What cannot be done (nothing to pay, reversed before) is refused by name, and is no step.
    await db
      .transaction()
      .execute(async (tx) => act(tx, await getProject(tx, programme.projectId)))
      .catch((error: unknown) => {
        if (!(error instanceof DomainError)) throw error
      })
  }
  if (one.kind === 'sell') {
    const id = `sale-${(made += 1)}`
    const sale = { id, amount: one.amount, currency: one.currency.toLowerCase(), code: 'BEN' }
    expect((await programme.deliver(checkout({ ...sale, email: `${id}@example.com` }))).status).toBe(200)
    return
  }
  if (one.kind === 'pay')
    return work((tx, project) => createPayout(tx, project, { affiliate_id: 2, currency: one.currency }, now))
  if (one.kind === 'unpay') {
    const payout = await newest(programme, 'payout', one.which)
    return payout ? work((tx, project) => reversePayout(tx, project, payout, now)) : undefined
  }
  const conversion = await newest(programme, 'conversion', one.which)
  if (!conversion) return
  if (one.kind === 'refund') {
    const fact = { provider: 'stripe', external_id: `re_${(made += 1)}`, reason: null, occurred_at: now }
    await work((tx, project) => recordRefund(tx, project, conversion, { ...fact, amount: one.amount }, now))
  }
  if (one.kind === 'change') {
    const change = { base_value: one.amount, base_value_currency: one.currency }
    await work((tx, project) => correctConversion(tx, project, conversion, change, now))
  }
  if (one.kind === 'judge')
    await work((tx, project) => reviewConversion(tx, project, conversion, one.ok ? 'approved' : 'denied', null, now))
  if (one.kind === 'mark paid') await work((tx, project) => setPaid(tx, project, conversion, one.paid, now))
  if (one.kind === 'delete') await work((tx, project) => deleteConversion(tx, project, conversion, now))
}

/** The id of one of the newest rows. */
async function newest({ db }: Programme, table: 'payout' | 'conversion', index: number): Promise<number | undefined> {
  const row = await db.selectFrom(table).select('id').orderBy('id', 'desc').offset(index).limit(1).executeTakeFirst()
  return row?.id
}

async function expectUnmixed({ db, clock }: Programme): Promise<void> {
  expect(await db.transaction().execute((tx) => verifyLedger(tx, clock.now()))).toMatchObject({ ok: true })
  const entries = await db.selectFrom('ledger_entry').selectAll().execute()
  const commissions = await db.selectFrom('commission').selectAll().execute()
  const payouts = await db.selectFrom('payout').selectAll().execute()
  const signed = (entry: (typeof entries)[number]) => (entry.credit === 'payable' ? entry.amount : -entry.amount)

  for (const { id, currency, amount, taken_back, void: isVoid, payout_id } of commissions) {
    const sums: Record<string, number> = { [currency]: 0 }
    for (const entry of entries)
      if (entry.commission_id === id) sums[entry.currency] = (sums[entry.currency] ?? 0) + signed(entry)
    // A sale whose currency was corrected has entries in the old one too, which cancel each other out.
    const { [currency]: own, ...others } = sums
    expect(own, `commission ${id}`).toBe(isVoid ? 0 : amount - taken_back)
    expect(Object.values(others).filter((sum) => sum !== 0)).toEqual([])
    if (payout_id !== null) expect(payouts.find((payout) => payout.id === payout_id)?.currency).toBe(currency)
  }
  for (const { id, currency, amount, status } of payouts) {
    const own = entries.filter((entry) => entry.note === `payout ${id}`)
    expect(new Set(own.map((entry) => entry.currency))).toEqual(new Set([currency]))
    expect(own.map(signed)).toEqual(status === 'paid' ? [-amount] : [-amount, amount])
  }
  for (const balance of await db.selectFrom('balance').selectAll().execute()) {
    const own = entries.filter(
      (entry) => entry.affiliate_id === balance.affiliate_id && entry.currency === balance.currency,
    )
    expect(balance.earned - balance.paid).toBe(own.reduce((sum, entry) => sum + signed(entry), 0))
  }
}
