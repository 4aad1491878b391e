/** Promise 9: the ledger balances. The running totals are the sums of its entries, and time alone releases what is held. */
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { balanceAt } from '../core/ledger/ledger.ts'
import { verifyLedger } from '../core/ledger/verify.ts'
import type { Db } from '../db/schema.ts'
import { checkout, contentsOf, withProgramme } from '../test/programme.ts'

describe('promise 9: the ledger balances', () => {
  withProgramme(
    'after every sale the running totals equal the entries, and total = eligible + held + paid',
    async (programme) => {
      await programme.addAffiliate('ANN')
      await programme.addAffiliate('BEN')
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            code: fc.constantFrom('ANN', 'BEN', 'NOBODY'),
            amount: fc.integer({ min: 1, max: 1_000_000 }),
            currency: fc.constantFrom('usd', 'eur', 'jpy'),
            days: fc.integer({ min: 0, max: 40 }),
          }),
          async ({ code, amount, currency, days }) => {
            await programme.setTerms({ percent: 15, holdDays: days })
            const id = Math.random().toString(36).slice(2)
            expect(
              (await programme.deliver(checkout({ id, amount, code, currency, email: `${id}@example.com` }))).status,
            ).toBe(200)
            await expectBalanced(programme.db, programme.clock.now())
          },
        ),
        { numRuns: 25 },
      )
      for (const later of ['2026-12-15T00:00:00.000Z', '2027-06-01T00:00:00.000Z'])
        await expectBalanced(programme.db, later)
    },
  )

  withProgramme('held money is released by time alone', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.setTerms({ percent: 20, holdDays: 30 })
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '10.00',
      eligible: '0.00',
      held: '10.00',
      paid: '0.00',
    })
    programme.clock.set('2026-12-20T23:59:59.999Z')
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '10.00',
      eligible: '0.00',
      held: '10.00',
      paid: '0.00',
    })
    programme.clock.set('2026-12-21T00:00:00.000Z')
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '10.00',
      eligible: '10.00',
      held: '0.00',
      paid: '0.00',
    })
  })

  withProgramme('a changed running total is named by verify', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    await programme.db.updateTable('balance').set({ earned: 999_999 }).execute()
    const verdict = await programme.db.transaction().execute((tx) => verifyLedger(tx, programme.clock.now()))
    expect(verdict).toMatchObject({ ok: false, problem: expect.stringContaining('affiliate 1, USD') })
  })

  async function expectBalanced(db: Db, now: string) {
    expect(await db.transaction().execute((tx) => verifyLedger(tx, now))).toMatchObject({ ok: true })
    const { ledger_entry, balance, commission } = (await contentsOf(db)) as Record<string, Record<string, never>[]>
    for (const row of (balance ?? []) as unknown as Parameters<typeof balanceAt>[0][]) {
      const { total, eligible, held, paid } = balanceAt(row, now)
      expect(total).toBe(eligible + held + paid)
    }
    const sum = (rows: Record<string, never>[] | undefined, field: string) =>
      (rows ?? []).reduce((total, row) => total + Number(row[field]), 0)
    expect(sum(ledger_entry, 'amount')).toBe(sum(commission, 'amount'))
    expect(sum(balance, 'earned')).toBe(sum(commission, 'amount'))
  }
})
