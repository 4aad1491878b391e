import { expect } from 'vitest'
import { createEndpoint } from '../core/news/endpoint.ts'
import { queueMail } from '../core/news/mail.ts'
import { getProject } from '../core/project/project.ts'
import { withProgramme } from '../test/programme.ts'
import { forgetDeliveries } from './forget-deliveries.ts'

withProgramme(
  'what was delivered a month ago is forgotten; what waits and what is younger stays',
  async (programme) => {
    const { db, clock } = programme
    await db
      .transaction()
      .execute((tx) =>
        createEndpoint(
          tx,
          1,
          { url: 'https://hooks.example.com/', events: ['referral_converted'], secret_sealed: null },
          clock.now(),
        ),
      )
    await programme.addAffiliate('ANN')
    const sell = (reference: string) =>
      programme.call('POST', '/conversions', { affiliate_id: 1, amount: 10, reference })
    for (const reference of ['old', 'waiting']) await sell(reference)
    clock.set('2026-12-10T12:00:00.000Z')
    await sell('young')
    await db.updateTable('webhook_delivery').set({ status: 'delivered' }).where('id', 'in', [1, 3]).execute()
    await db.updateTable('mail').set({ status: 'sent' }).where('id', '<>', 2).execute()
    await db.transaction().execute(async (tx) =>
      queueMail(
        tx,
        await getProject(tx, 1),
        {
          recipient: 'ann@example.com',
          template: 'payout',
          language: 'en',
          fields: { amount: 1, currency: 'USD', method: 'manual' },
        },
        clock.now(),
      ),
    )
    clock.set('2026-12-21T12:00:00.000Z')
    await forgetDeliveries(programme)
    const ids = async (table: 'webhook_delivery' | 'mail') =>
      (await db.selectFrom(table).select('id').orderBy('id').execute()).map(({ id }) => id)
    expect(await ids('webhook_delivery')).toEqual([2, 3])
    expect(await ids('mail')).toEqual([2, 3, 4])
  },
)
