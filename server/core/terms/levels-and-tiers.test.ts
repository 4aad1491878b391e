/** What raises a commission above the campaign's: the level an affiliate reached, and the second tier of who invited them. */
import { describe, expect } from 'vitest'
import { checkout, withProgramme } from '../../test/programme.ts'
import { inviteBen, NAMES } from '../../test/two-tiers.ts'

describe('levels and tiers', () => {
  withProgramme(
    'whoever sold enough earns by the next level from then on, unless their level was set by hand',
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

  withProgramme(
    'the one who invited the seller earns their share of the sale, and it is told why',
    async (programme) => {
      for (const one of NAMES) await programme.addAffiliate(one)
      await inviteBen(programme)
      await programme.deliver(checkout({ id: 'one', amount: 10_000, code: 'BEN' }))
      expect(await programme.earningsOf('ben@example.com')).toMatchObject({ total: '20.00' })
      expect(await programme.earningsOf('ann@example.com')).toMatchObject({ total: '5.00' })
      const { data } = (await programme.call('GET', '/conversions/1/attribution')).body
      expect(data.explanation.at(-1)).toBe('Affiliate 1, who invited the seller, earned 5.00 USD.')
    },
  )
})
