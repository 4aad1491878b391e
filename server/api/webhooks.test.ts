/** Webhooks through the API: made, changed, tested, looked into, replayed. */
import pino from 'pino'
import { expect } from 'vitest'
import { recordEvent } from '../core/news/feed.ts'
import { deliverWebhooks } from '../jobs/deliver-webhooks.ts'
import { type Programme, withProgramme } from '../test/programme.ts'
import { startReceiver } from '../test/receiver.ts'

const URL = 'https://acme.example/hook'

withProgramme('a webhook is made, listed, changed and deleted; its secret is shown once', async (programme) => {
  const { db, sealer } = programme
  const made = await programme.call('POST', '/webhooks', {
    url: URL,
    events: ['referral_converted', 'referral_converted', 'referral_canceled'],
  })
  expect(made.status).toBe(201)
  const { secret, ...webhook } = made.body.data
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(webhook).toEqual({
    id: expect.any(Number),
    url: URL,
    events: ['referral_converted', 'referral_canceled'],
    signed: true,
    status: 'active',
    disabled_reason: null,
    failing_since: null,
    created_at: programme.clock.now(),
    updated_at: programme.clock.now(),
  })
  const stored = await db.selectFrom('webhook_endpoint').select('secret_sealed').executeTakeFirstOrThrow()
  expect(stored.secret_sealed).not.toContain(secret)
  expect(sealer.open(stored.secret_sealed ?? '')).toBe(secret)

  const one = `/webhooks/${webhook.id}`
  expect((await programme.call('GET', one)).body).toEqual({ success: true, data: webhook })
  expect((await programme.call('GET', '/webhooks')).body).toEqual({
    success: true,
    data: [webhook],
    pagination: { limit: 50, offset: 0, total: 1, has_more: false },
  })

  expect((await programme.call('PUT', one, { url: `${URL}/2` })).body.data).toEqual({ ...webhook, url: `${URL}/2` })
  expect((await programme.call('PUT', one, { secret: 'of-our-own' })).body.data).toMatchObject({ secret: 'of-our-own' })
  expect((await programme.call('PUT', one, { new_secret: true })).body.data.secret).toMatch(/^whsec_/)
  expect((await programme.call('PUT', one, { secret: null })).body.data).toMatchObject({ signed: false, secret: null })
  expect(
    (await programme.call('POST', '/webhooks', { url: URL, events: ['referral_updated'], secret: null })).body.data,
  ).toMatchObject({ signed: false, secret: null })

  const gone = await programme.call('DELETE', one)
  expect([gone.status, gone.body]).toEqual([204, {}])
  expect((await programme.call('GET', one)).body).toEqual({
    success: false,
    error: `No webhook ${webhook.id} in project ${programme.projectId}`,
    code: 'webhook_not_found',
  })
})

withProgramme("what is wrong is named, and nobody else's webhook is there", async (programme) => {
  const cases: [object, string][] = [
    [{ url: URL, events: ['referral_exploded'] }, 'events.0: expected one of referral_signed_up, referral_converted,'],
    [{ url: URL, events: [] }, 'events: expected at least one event'],
    [{ url: URL }, 'events: expected a list of referral_signed_up,'],
    [{ events: ['referral_converted'] }, 'url: expected an address such as'],
    [{ url: 'acme', events: ['referral_converted'] }, 'url: expected an address such as https://acme.example/hook'],
    [{ url: URL, events: ['referral_converted'], secret: 'short' }, 'secret: expected 8 to 200 printable characters'],
  ]
  for (const [body, sentence] of cases) {
    const { status, body: answer } = await programme.call('POST', '/webhooks', body)
    expect([status, answer.code, answer.error]).toEqual([400, 'invalid_request', expect.stringContaining(sentence)])
  }
  const made = await programme.call('POST', '/webhooks', { url: URL, events: ['referral_converted'] })
  expect((await programme.call('PUT', `/webhooks/${made.body.data.id}`, { status: 'paused' })).body.error).toBe(
    'status: expected active or disabled',
  )

  const { apiKey } = await programme.addProject('Other')
  const id = made.body.data.id
  await happen(programme)
  const [delivery] = (await programme.call('GET', `/webhooks/${id}/deliveries`)).body.data
  for (const [method, path, body] of [
    ['GET', `/webhooks/${id}`],
    ['PUT', `/webhooks/${id}`, { status: 'disabled' }],
    ['DELETE', `/webhooks/${id}`],
    ['POST', `/webhooks/${id}/test`],
    ['GET', `/webhooks/${id}/deliveries`],
    ['GET', `/webhooks/deliveries/${delivery.id}`],
    ['POST', `/webhooks/deliveries/${delivery.id}/replay`],
  ] as const)
    expect([method, path, (await programme.call(method, path, body, apiKey)).status]).toEqual([method, path, 404])
})

withProgramme('a test sends one made-up event now and answers with the attempt', async (programme) => {
  const receiver = await startReceiver((n) => (n === 1 ? 200 : 500))
  await programme.set({ webhook_private_targets: true })
  const made = await programme.call('POST', '/webhooks', { url: receiver.url, events: ['referral_canceled'] })
  const { id } = made.body.data

  const first = await programme.call('POST', `/webhooks/${id}/test`)
  const [received] = receiver.received
  expect(first.body.data).toEqual({
    id: expect.any(Number),
    webhook_id: id,
    event: 'referral_canceled',
    event_id: expect.stringMatching(/^evt_test_/),
    status: 'delivered',
    attempts: 1,
    next_attempt_at: null,
    created_at: programme.clock.now(),
    finished_at: programme.clock.now(),
    request_body: received?.body,
    log: [
      {
        at: programme.clock.now(),
        request_headers: expect.objectContaining({
          'X-Refgrow-Event': 'referral_canceled',
          'X-Refgrow-Signature': expect.stringMatching(/^sha256=[0-9a-f]{6}\.\.\.$/),
          'webhook-signature': expect.stringMatching(/^v1,.{10}\.\.\.$/),
        }),
        response_status: 200,
        response_body: 'answer 1',
        latency_ms: expect.any(Number),
        error: null,
      },
    ],
  })
  expect(JSON.parse(received?.body ?? '')).toMatchObject({
    test: true,
    event: 'referral_canceled',
    project_id: String(programme.projectId),
    conversion: { refund_amount: 99.99 },
  })
  expect(received?.headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'Refgrow-Webhooks/1.0',
    'x-refgrow-delivery': String(first.body.data.id),
    'x-refgrow-timestamp': String(Date.parse(programme.clock.now()) / 1000),
  })

  const second = await programme.call('POST', `/webhooks/${id}/test`, { event: 'referral_signed_up' })
  expect(second.body.data).toMatchObject({ event: 'referral_signed_up', status: 'failed', next_attempt_at: null })
  expect((await programme.call('GET', `/webhooks/${id}`)).body.data).toMatchObject({ failing_since: null })
  await receiver.close()
})

withProgramme('a test holds no transaction while it waits, Idempotency-Key or not', async (programme) => {
  // What the receiver does before it answers needs the database.
  const receiver = await startReceiver(() => (response) => {
    void programme.addAffiliate('ANN').then(() => response.end())
  })
  await programme.set({ webhook_private_targets: true })
  const { body } = await programme.call('POST', '/webhooks', { url: receiver.url, events: ['referral_updated'] })
  const response = await programme.app.inject({
    method: 'POST',
    url: `/api/v1/webhooks/${body.data.id}/test`,
    headers: { authorization: `Bearer ${programme.apiKey}`, 'idempotency-key': 'once' },
  })
  expect(response.json().data.status).toBe('delivered')
  await receiver.close()
})

withProgramme('deliveries are listed by status, shown with every attempt, and replayed', async (programme) => {
  const receiver = await startReceiver((n) => (n === 1 ? 500 : 200))
  await programme.set({ webhook_private_targets: true })
  const made = await programme.call('POST', '/webhooks', { url: receiver.url, events: ['referral_converted'] })
  const { id } = made.body.data
  await happen(programme)
  await deliver(programme)
  await happen(programme)
  await deliver(programme)

  const list = (query = '') => programme.call('GET', `/webhooks/${id}/deliveries${query}`)
  expect((await list()).body).toMatchObject({
    data: [
      { event_id: 'evt_1_2', status: 'delivered' },
      { event_id: 'evt_1_1', status: 'pending' },
    ],
    pagination: { limit: 50, offset: 0, total: 2, has_more: false },
  })
  const { body: pending } = await list('?status=pending')
  expect(pending.data).toMatchObject([{ event_id: 'evt_1_1', attempts: 1 }])
  expect((await list('?status=lost')).status).toBe(400)

  const one = `/webhooks/deliveries/${pending.data[0].id}`
  expect((await programme.call('POST', `${one}/replay`)).body.data).toMatchObject({ status: 'pending', attempts: 0 })
  await deliver(programme)
  expect((await programme.call('GET', one)).body.data).toMatchObject({
    status: 'delivered',
    log: [{ response_status: 500 }, { response_status: 200, response_body: 'answer 3' }],
  })

  await happen(programme)
  const disabled = await programme.call('PUT', `/webhooks/${id}`, { status: 'disabled' })
  expect(disabled.body.data).toMatchObject({ status: 'disabled', disabled_reason: 'Disabled by hand' })
  expect((await list('?status=failed')).body.data).toMatchObject([{ event_id: 'evt_1_3', attempts: 0 }])
  expect((await programme.call('POST', `${one}/replay`)).body).toMatchObject({ code: 'webhook_disabled' })
  await receiver.close()
})

const happen = ({ db, projectId, clock }: Programme) =>
  db
    .transaction()
    .execute((tx) =>
      recordEvent(tx, projectId, { type: 'referral_converted', subject: 'conversion 1', payload: {} }, clock.now()),
    )

const deliver = ({ db, clock, sealer }: Programme) =>
  deliverWebhooks({ db, clock, sealer, log: pino({ level: 'silent' }) }, new AbortController().signal)
