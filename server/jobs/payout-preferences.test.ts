/** Webhooks tell where an affiliate is paid; what is stored of them does not. */
import { createHmac } from 'node:crypto'
import pino from 'pino'
import { expect } from 'vitest'
import { checkout, hashFor, type Programme, withProgramme } from '../test/programme.ts'
import { startReceiver } from '../test/receiver.ts'
import { restOf } from '../test/rest.ts'
import { deliverWebhooks } from './deliver-webhooks.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

withProgramme('an event carries the newest PayPal or Wise account, signed with it', async (programme) => {
  const receiver = await startReceiver()
  try {
    await programme.set({ webhook_private_targets: true })
    await programme.addAffiliate('ANN')
    const made = await restOf(programme).post('webhooks', {
      url: receiver.url,
      events: ['referral_converted'],
      secret: SECRET,
    })
    expect(made.status).toBe(201)

    const methods: [object | null, unknown][] = [
      [null, undefined],
      [
        { kind: 'paypal', email: 'secret-paypal@example.com' },
        { paypal_email: 'secret-paypal@example.com', wise_details: null },
      ],
      [
        { kind: 'wise', email: 'secret-wise@example.com' },
        { paypal_email: null, wise_details: { email: 'secret-wise@example.com' } },
      ],
      [{ kind: 'bank', holder: 'Ann', account: 'DE89370400440532013000' }, undefined],
    ]
    for (const [index, [method, preferences]] of methods.entries()) {
      await setMethod(programme, method)
      await programme.deliver(checkout({ id: `n${index}`, amount: 1000, code: 'ANN', email: `b${index}@example.com` }))
      await deliver(programme)
      await receiver.until(index + 1)
      const received = receiver.received[index]
      const body = received?.body ?? '{}'
      expect(JSON.parse(body).referrer).toEqual({
        id: '1',
        email: 'ann@example.com',
        ...(preferences !== undefined && { payout_preferences: preferences }),
      })
      expect(received?.headers['x-refgrow-signature']).toBe(
        `sha256=${createHmac('sha256', made.body.data.secret).update(body).digest('hex')}`,
      )
    }
    const { db } = programme
    const stored = JSON.stringify([
      await db.selectFrom('event').selectAll().execute(),
      await db.selectFrom('webhook_delivery').selectAll().execute(),
      await db.selectFrom('webhook_attempt').selectAll().execute(),
    ])
    expect(stored).toContain('referral_converted')
    expect(stored).not.toContain('secret-')
  } finally {
    await receiver.close()
  }
})

withProgramme('an account that cannot be opened does not hold an event back', async (programme) => {
  const receiver = await startReceiver()
  try {
    await programme.set({ webhook_private_targets: true })
    await programme.addAffiliate('ANN')
    await restOf(programme).post('webhooks', { url: receiver.url, events: ['referral_converted'], secret: null })
    await setMethod(programme, { kind: 'paypal', email: 'ann@example.com' })
    await programme.db.updateTable('payout_method').set({ sealed: 'sealed with another key' }).execute()
    await programme.deliver(checkout({ id: 'one', amount: 1000, code: 'ANN' }))
    await deliver(programme)
    expect(JSON.parse(receiver.received[0]?.body ?? '{}').referrer).toEqual({ id: '1', email: 'ann@example.com' })
  } finally {
    await receiver.close()
  }
})

const setMethod = (programme: Programme, method: object | null) =>
  programme.post('/api/widget/payout-method', {
    project_id: programme.projectId,
    email: 'ann@example.com',
    hash: hashFor('ann@example.com'),
    method,
  })

const deliver = ({ db, clock, sealer }: Programme) =>
  deliverWebhooks({ db, clock, sealer, log: pino({ level: 'silent' }) }, new AbortController().signal)
