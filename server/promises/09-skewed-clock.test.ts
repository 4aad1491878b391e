/**
 * Promises 9 and 24: a process whose clock was wrong for a while releases no money early, and the ledger balances before,
 * meanwhile and afterwards.
 */
import { expect } from 'vitest'
import { verifyLedger } from '../core/ledger/verify.ts'
import { retried } from '../db/retried.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'

const DAYS_AHEAD = { 'two days': '2026-11-22T12:00:00.000Z', 'two years': '2028-11-20T12:00:00.000Z' }
const TRUE_TIME = '2026-11-20T12:00:00.000Z'

const sell = async ({ deliver }: Programme, id: string) =>
  expect((await deliver(checkout({ id, amount: 5000, code: 'ANN', email: `${id}@example.com` }))).status).toBe(200)

const verdict = ({ db, clock }: Programme) => retried(db, (tx) => verifyLedger(tx, clock.now()))

for (const [jump, wrong] of Object.entries(DAYS_AHEAD)) {
  withProgramme(`a clock that was ${jump} ahead and is right again released nothing early`, async (programme) => {
    const { addAffiliate, setTerms, clock, earningsOf, call } = programme
    await addAffiliate('ANN')
    await setTerms({ percent: 20, holdDays: 1 })
    await sell(programme, 'before')

    clock.set(wrong)
    await sell(programme, 'meanwhile')
    expect(await verdict(programme)).toMatchObject({ ok: true, entries: 2 })

    clock.set(TRUE_TIME)
    await sell(programme, 'afterwards')
    expect(await verdict(programme)).toMatchObject({ ok: true, entries: 3 })
    expect(await earningsOf('ann@example.com')).toEqual({
      total: '30.00',
      eligible: '0.00',
      held: '30.00',
      paid: '0.00',
    })
    expect(await call('POST', '/payouts', { affiliate_id: 1 })).toMatchObject({
      status: 400,
      body: { code: 'nothing_to_pay' },
    })
  })
}
