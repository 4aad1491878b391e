/** The promises, numbered as they are published; each on both engines. */
import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { recordConversion } from './core/conversion/record.ts'
import { balanceAt } from './core/ledger/ledger.ts'
import { getProject } from './core/project/project.ts'
import { verifyLedger } from './core/ledger/verify.ts'
import type { Db, Project, Tx } from './db/schema.ts'
import { processStoredEvent } from './providers/intake.ts'
import { checkout, contentsOf, type Programme, withProgramme } from './test/programme.ts'
import { FAILURE, failingAt } from './test/failing.ts'

describe('promise 2: the same sale never pays twice', () => {
  withProgramme(
    'delivered five times at once and once more later, it is one conversion and one commission',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const sale = checkout({ id: 'one', amount: 5000, code: 'ANN' })
      const answers = await Promise.all(Array.from({ length: 5 }, () => programme.deliver(sale)))
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200])
      await programme.deliver(sale)
      await expectOneSale(programme)
    },
  )

  withProgramme('two different events about one payment are one sale', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    await programme.deliver({
      ...checkout({ id: 'one', amount: 5000, code: 'ANN' }),
      id: 'evt_other',
      type: 'checkout.session.async_payment_succeeded',
    })
    await expectOneSale(programme)
  })

  withProgramme(
    'a crash between storing and processing, then the retry and another delivery: still one',
    async (programme) => {
      await programme.addAffiliate('ANN')
      const sale = checkout({ id: 'one', amount: 5000, code: 'ANN' })
      await storeOnly(programme, sale)
      await programme.deliver(sale)
      const [stored] = await programme.db.selectFrom('provider_event_state').selectAll().execute()
      await Promise.all([1, 2, 3].map(() => processStoredEvent(programme, stored?.provider_event_id ?? 0)))
      await expectOneSale(programme)
    },
  )

  withProgramme('the browser reports it before and after the provider does: one purchase', async (programme) => {
    await programme.addAffiliate('ANN')
    const report = {
      project_id: programme.projectId,
      type: 'purchase',
      value: 50,
      email: 'Buyer@example.com',
      referral_code: 'ANN',
      idempotency_key: 'call-1',
    }
    await programme.report(report)
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    await programme.report(report)
    await expectOneSale(programme)
  })

  withProgramme(
    'the browser reports it only after the provider did: one purchase, and a second report is another one',
    async (programme) => {
      await programme.addAffiliate('ANN')
      await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
      const report = {
        project_id: programme.projectId,
        type: 'purchase',
        value: 50,
        email: 'buyer@example.com',
        idempotency_key: 'call-1',
      }
      await programme.report(report)
      await expectOneSale(programme)
      await programme.report({ ...report, idempotency_key: 'call-2' })
      expect((await programme.tables())['conversion']).toMatchObject([{ status: 'approved' }, { status: 'pending' }])
    },
  )

  withProgramme(
    'accepted from the browser and paid, the provider confirms it without paying again',
    async (programme) => {
      await programme.set({ browser_purchases: 'accept' })
      await programme.addAffiliate('ANN')
      await programme.report({
        project_id: programme.projectId,
        type: 'purchase',
        value: 50,
        email: 'buyer@example.com',
        referral_code: 'ANN',
      })
      await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
      await expectOneSale(programme)
    },
  )

  async function expectOneSale(programme: Programme) {
    const { conversion, commission, ledger_entry } = await programme.tables()
    expect(conversion).toHaveLength(1)
    expect(conversion?.[0]).toMatchObject({ status: 'approved', amount: 5000, external_id: 'pi_one' })
    expect(commission).toHaveLength(1)
    expect(ledger_entry).toHaveLength(1)
    expect(await programme.earningsOf('ann@example.com')).toEqual({
      total: '10.00',
      eligible: '10.00',
      held: '0.00',
      paid: '0.00',
    })
    const { body } = await programme.get('/api/v1/affiliates/ann%40example.com')
    expect(body.data.purchases).toBe(1)
  }

  async function storeOnly({ db, projectId, clock }: Programme, event: { id: string; type: string }) {
    const { storeEvent } = await import('./core/payment/inbox.ts')
    await db.transaction().execute((tx) =>
      storeEvent(tx, {
        project_id: projectId,
        provider: 'stripe',
        event_id: event.id,
        type: event.type,
        payload: JSON.stringify(event),
        received_at: clock.now(),
      }),
    )
  }
})

describe('promise 3: a failed operation leaves nothing', () => {
  withProgramme('whichever query of recordConversion fails, every table is as before', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.setTerms({ percent: 20, holdDays: 30 })
    const before = await programme.tables()
    const project = await programme.db.transaction().execute((tx) => getProject(tx, programme.projectId))

    let failures = 0
    for (let k = 1; ; k++) {
      const failed = await programme.db
        .transaction()
        .execute((tx) => record(failingAt(tx, k), project, programme.clock.now()))
        .then(
          () => false,
          (error: Error) => error.message === FAILURE,
        )
      if (!failed) break
      failures += 1
      expect(await programme.tables()).toEqual(before)
    }
    expect(failures).toBeGreaterThan(10)
    expect((await programme.tables())['ledger_entry']).toHaveLength(1)
  })

  function record(tx: Tx, project: Project, now: string) {
    return recordConversion(
      tx,
      project,
      {
        type: 'purchase',
        email: 'buyer@example.com',
        amount: 5000,
        currency: 'USD',
        reference: null,
        coupon_code: null,
        url: null,
        source: 'provider',
        provider: 'stripe',
        external_id: 'pi_1',
        idempotency_key: null,
        clues: { client_reference: 'ANN' },
        occurred_at: now,
      },
      now,
    )
  }
})

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

describe('promise 10: history cannot be edited', () => {
  withProgramme('update, delete and replacing insert are refused by the database itself', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
    const before = await programme.tables()
    const attempts: Record<string, string[]> = {
      ledger_entry: ['amount = amount + 1', 'id = id'],
      // Its payload may be redacted (17-erasure.test.ts), and nothing else.
      provider_event: ["payload = '{}'", 'id = id', "redacted_at = received_at, type = 'other'"],
    }
    for (const [table, changes] of Object.entries(attempts)) {
      for (const change of changes) await refused(programme.db, `update ${table} set ${change}`)
      await refused(programme.db, `delete from ${table}`)
      if (programme.engine === 'sqlite')
        await refused(programme.db, `insert or replace into ${table} select * from ${table}`)
      if (programme.engine === 'postgres') await refused(programme.db, `truncate ${table} cascade`)
    }
    expect(await programme.tables()).toEqual(before)
  })

  withProgramme("an entry changed behind the database's back is named by verify", async (programme) => {
    await programme.addAffiliate('ANN')
    for (const id of ['one', 'two', 'three'])
      await programme.deliver(checkout({ id, amount: 5000, code: 'ANN', email: `${id}@example.com` }))
    const drop =
      programme.engine === 'sqlite'
        ? 'drop trigger ledger_entry_no_update'
        : 'drop trigger ledger_entry_no_change on ledger_entry'
    await sql.raw(drop).execute(programme.db)
    await sql.raw('update ledger_entry set amount = 99 where seq = 2').execute(programme.db)
    const verdict = await programme.db.transaction().execute((tx) => verifyLedger(tx, programme.clock.now()))
    expect(verdict).toEqual({
      ok: false,
      problem: expect.stringMatching(
        /^ledger entry \d+ \(affiliate 1, number 2\): its content does not match its hash$/,
      ),
    })
  })

  async function refused(db: Db, statement: string) {
    await expect(sql.raw(statement).execute(db), statement).rejects.toThrow('append-only')
  }
})

test('promise 4: money columns are whole numbers in the database itself', async () => {
  const { openDatabase } = await import('./db/open.ts')
  const { migrate } = await import('./db/migrate.ts')
  const db = openDatabase('sqlite::memory:')
  await migrate(db, 'sqlite')
  await expect(
    sql
      .raw(`insert into daily_earning (affiliate_id, day, currency, amount) values (1, '2026-11-20', 'USD', 1.5)`)
      .execute(db),
  ).rejects.toThrow(/cannot store REAL/)
  await db.destroy()
})
