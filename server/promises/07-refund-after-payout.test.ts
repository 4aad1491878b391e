/** Promise 7: a refund after the payout is carried, not lost. */
import { describe, expect } from 'vitest'
import { recordRefund } from '../core/conversion/refund.ts'
import { getProject } from '../core/project/project.ts'
import { expectBalanced } from '../test/balanced.ts'
import { checkout, withProgramme } from '../test/programme.ts'

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
