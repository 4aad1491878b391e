/**
 * Promise 24: whatever happens to the same affiliates at once, nobody waits in a circle. Every operation takes its locks in one
 * order (core/conversion-lock.ts, db/last.ts), so that PostgreSQL never has to undo one for another.
 */
import { sql } from 'kysely'
import { expect } from 'vitest'
import { verifyLedger } from '../core/ledger/verify.ts'
import { openDatabase } from '../db/open.ts'
import { onBothDatabases } from '../test/databases.ts'
import { type Answer, checkout, createProgramme } from '../test/programme.ts'
import { chargeRefunded, customer, invoicePaid } from '../test/stripe-events.ts'

const ROUNDS = 8

onBothDatabases(
  'sales, denials, deletions, refunds, payouts and late attributions of the same affiliates never deadlock',
  async (fresh) => {
    // On SQLite all share one connection; on PostgreSQL the load has a pool of its own, whose end writes its statistics.
    const db = fresh.engine === 'postgres' ? openDatabase(fresh.url) : fresh.db
    const programme = await createProgramme({ ...fresh, db })
    const { call, deliver, addAffiliate } = programme
    for (const code of ['ANN', 'BEN', 'CAT']) await addAffiliate(code)
    // A ring would be no tree: BEN was invited by ANN, CAT by BEN.
    for (const id of [2, 3])
      await db
        .updateTable('affiliate')
        .set({ parent_id: id - 1 })
        .where('id', '=', id)
        .execute()
    await db.updateTable('commission_rule').set({ second_kind: 'percent', second_basis_points: 500 }).execute()
    const sell = (id: string, code: string | null, more = {}) =>
      deliver(checkout({ id, amount: 5000, code, email: `${id}@example.com`, ...more }))

    const answers: Answer[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const name = (order: string) => `${round}-${order}`
      for (const [index, code] of ['ANN', 'BEN', 'CAT', 'ANN', 'BEN', 'CAT'].entries())
        await sell(name(`old${index}`), code)
      // Nobody's so far: who bought, and through whom, comes with the customer.
      await deliver(
        invoicePaid({
          id: `in_${name('late')}`,
          total: 5000,
          email: null,
          customer: `cus_${round}`,
          subscription: `sub_${round}`,
        }),
      )
      const rows = await db
        .selectFrom('conversion')
        .select(['id', 'external_id'])
        .orderBy('id', 'desc')
        .limit(7)
        .execute()
      const idOf = (order: string) => rows.find(({ external_id }) => external_id === `pi_${name(order)}`)?.id
      answers.push(
        ...(await Promise.all([
          call('PUT', `/conversions/${idOf('old0')}`, { status: 'denied' }),
          call('PUT', `/conversions/${idOf('old1')}`, { status: 'denied' }),
          call('DELETE', `/conversions/${idOf('old2')}`),
          call('DELETE', `/referrals/${encodeURIComponent(`${name('old3')}@example.com`)}`),
          call('PUT', `/conversions/${idOf('old4')}`, { base_value: 80 }),
          call('PUT', `/conversions/${idOf('old5')}`, { paid: true }),
          ...['ANN', 'BEN', 'CAT', 'ANN', 'BEN', 'CAT'].map((code, index) => sell(name(`new${index}`), code)),
          ...['old4', 'old5'].map((order) =>
            deliver(
              chargeRefunded({
                charge: `ch_${name(order)}`,
                payment: `pi_${name(order)}`,
                amount: 5000,
                refunded: 2000,
              }),
            ),
          ),
          deliver(
            customer({ id: `cus_${round}`, email: `${name('late')}@example.com`, metadata: { referral_code: 'CAT' } }),
          ),
          call('POST', '/payouts', { affiliate_id: 1 }),
          call('PUT', '/affiliates/2', { name: `Ben ${round}` }),
          programme.click('CAT', `click-${round}-0001`),
          programme.click('ANN', `click-${round}-0002`),
        ])),
      )
    }
    const late = await db.selectFrom('conversion').select('affiliate_id').where('external_id', 'like', 'in_%').execute()
    expect(late).toEqual(Array.from({ length: ROUNDS }, () => ({ affiliate_id: 3 })))
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
    expect(await db.transaction().execute((tx) => verifyLedger(tx, programme.clock.now()))).toMatchObject({ ok: true })
    await programme.app.close()
    if (fresh.engine === 'sqlite') return

    await db.destroy()
    await expect.poll(async () => (await sessions(fresh.db)).others, { timeout: 20_000 }).toBe(0)
    expect(await sessions(fresh.db)).toEqual({ others: 0, deadlocks: 0 })
  },
  120_000,
)

/** Of this database: who else is connected, and how often PostgreSQL undid a transaction for another. */
async function sessions(db: Parameters<typeof verifyLedger>[0] | ReturnType<typeof openDatabase>) {
  const { rows } = await sql<{ others: number; deadlocks: number }>`
    select deadlocks, (select count(*) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()) as others
    from pg_stat_database where datname = current_database()`.execute(db)
  return rows[0] as { others: number; deadlocks: number }
}
