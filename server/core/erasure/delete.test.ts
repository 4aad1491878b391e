/** Deleting an affiliate or a customer: nobody is found, nothing is owed, and the books still balance. */
import { describe, expect } from 'vitest'
import { balanceAt } from '../ledger/ledger.ts'
import { getProject } from '../project/project.ts'
import { expectBalanced } from '../../test/balanced.ts'
import { onBothDatabases } from '../../test/databases.ts'
import { eraseNow } from '../../test/erasures.ts'
import { checkout, createProgramme, withProgramme } from '../../test/programme.ts'
import { NAMES } from '../../test/two-tiers.ts'
import { deleteAffiliate } from './delete.ts'

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

  withProgramme('a deleted customer leaves no address, and their sales are reversed', async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN', email: 'buyer@example.com' }))
    expect((await programme.call('DELETE', '/referrals/buyer%40example.com')).status).toBe(204)
    expect((await programme.call('GET', '/referrals/buyer%40example.com')).status).toBe(404)
    expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '0.00' })
    await eraseNow(programme)
    expect(JSON.stringify(await programme.tables())).not.toContain('buyer@example.com')
    await expectBalanced(programme)
  })

  onBothDatabases('an affiliate deleted during a sale of theirs ends in one of the two orders', async (fresh) => {
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
