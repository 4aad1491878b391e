/** The promises about outgoing webhooks, numbered as they are published; each on both engines. */
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { loadConfig } from './config.ts'
import { recordEvent } from './core/news/feed.ts'
import { createEndpoint } from './core/news/endpoint.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import type { Instant, WebhookDelivery } from './db/schema.ts'
import { type DeliveryOptions, deliverWebhooks } from './jobs/deliver-webhooks.ts'
import { SCHEDULE } from './jobs/schedule.ts'
import { startWorker } from './jobs/worker.ts'
import { guardedPost, type Lookup } from './outbound/guarded-request.ts'
import { onBothDatabases } from './test/databases.ts'
import { createProgramme, type Programme, withProgramme } from './test/programme.ts'
import { type Reaction, type Receiver, startReceiver } from './test/receiver.ts'

const CLOSE: Reaction = (response) => response.destroy()
const HANG: Reaction = () => {}

describe('promise 12: every event reaches its webhook at least once, or is shown as failed', () => {
  onBothDatabases('whatever the receiver does, and with the worker killed between send and mark', async (fresh) => {
    const url =
      fresh.engine === 'postgres' ? fresh.url : `sqlite:${join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')}`
    const db = fresh.engine === 'postgres' ? fresh.db : openDatabase(url)
    await migrate(db, fresh.engine)
    const programme = await createProgramme({ ...fresh, db, url })
    let worker = { kill: () => {} }
    const kill: Reaction = () => worker.kill()
    const script = [500, kill, HANG, 200, CLOSE, 302, kill, 404, kill, 200]
    const receiver = await startReceiver((n) => script[n - 1] ?? 200)
    const broken = await startReceiver(() => 500)
    try {
      await programme.set({ webhook_private_targets: true })
      const good = await addEndpoint(programme, receiver.url)
      const bad = await addEndpoint(programme, broken.url)
      for (let n = 1; n <= 6; n++) await happen(programme)

      let killed = 0
      for (let now = Date.parse(programme.clock.now()); killed < 3; now += 12 * 3_600_000) {
        if (await runWorker(url, new Date(now).toISOString(), (child) => (worker = child))) killed++
        expect(receiver.received.length).toBeLessThan(script.length)
      }
      await runSchedule(programme)

      const outbox = await deliveriesOf(programme)
      const arrived = (of: Receiver) => new Set(of.received.map(({ headers }) => headers['x-refgrow-delivery']))
      for (const [endpoint, to, status] of [
        [good, receiver, 'delivered'],
        [bad, broken, 'failed'],
      ] as const) {
        const own = outbox.filter(({ endpoint_id }) => endpoint_id === endpoint)
        expect(own.map((delivery) => delivery.status)).toEqual(Array.from({ length: 6 }, () => status))
        expect(arrived(to)).toEqual(new Set(own.map(({ id }) => String(id))))
      }
      expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(6)
      // Each kill is one more arrival under a number that has no attempt in the log.
      expect(receiver.received).toHaveLength((await attemptsOf(programme, good)).length + killed)
      expect(await attemptsOf(programme, bad)).toHaveLength(6 * 8)
    } finally {
      await Promise.all([receiver.close(), broken.close(), programme.app.close()])
      if (db !== fresh.db) await db.destroy()
    }
  })

  withProgramme('an event is queued exactly when its transaction commits', async (programme) => {
    await addEndpoint(programme, 'https://acme.example/hook')
    await expect(
      programme.db.transaction().execute(async (tx) => {
        await recordEvent(tx, programme.projectId, EVENT, programme.clock.now())
        throw new Error('the sale failed')
      }),
    ).rejects.toThrow('the sale failed')
    expect(await deliveriesOf(programme)).toEqual([])
    await happen(programme)
    expect(await deliveriesOf(programme)).toMatchObject([{ status: 'pending', attempts: 0 }])
  })

  withProgramme('the running worker notices by itself, and ends when it is stopped', async (programme) => {
    const receiver = await startReceiver()
    await programme.set({ webhook_private_targets: true })
    await addEndpoint(programme, receiver.url)
    const { log, ...context } = jobContext(programme)
    const worker = startWorker(
      { ...context, config: loadConfig({}) },
      log,
      SCHEDULE.filter(({ name }) => name === 'deliver webhooks'),
    )
    await happen(programme)
    await receiver.until(1)
    await happen(programme)
    await receiver.until(2)
    await worker.stop()
    expect((await deliveriesOf(programme)).map(({ status }) => status)).toEqual(['delivered', 'delivered'])
    await receiver.close()
  })

  withProgramme('two workers at once send each delivery once', async (programme) => {
    const receiver = await startReceiver()
    await programme.set({ webhook_private_targets: true })
    await addEndpoint(programme, receiver.url)
    for (let n = 1; n <= 10; n++) await happen(programme)
    await Promise.all([deliver(programme), deliver(programme), deliver(programme)])
    // A worker that found the lane taken leaves; what was due meanwhile is its successor's.
    await deliver(programme)
    expect(receiver.received.map(({ headers }) => headers['x-refgrow-delivery']).sort()).toEqual(
      (await deliveriesOf(programme)).map(({ id }) => String(id)).sort(),
    )
    expect((await deliveriesOf(programme)).every(({ status }) => status === 'delivered')).toBe(true)
    await receiver.close()
  })

  withProgramme('stopped, it finishes what is on its way and leaves the rest for later', async (programme) => {
    const stop = new AbortController()
    const receiver = await startReceiver((n) => {
      if (n === 1) stop.abort()
      return 200
    })
    await programme.set({ webhook_private_targets: true })
    await addEndpoint(programme, receiver.url)
    await happen(programme)
    await happen(programme)
    await deliverWebhooks(jobContext(programme), stop.signal)
    expect((await deliveriesOf(programme)).map(({ status }) => status)).toEqual(['delivered', 'pending'])
    await deliver(programme)
    expect((await deliveriesOf(programme)).map(({ status }) => status)).toEqual(['delivered', 'delivered'])
    await receiver.close()
  })
})

describe('promise 13: retries follow the published schedule', () => {
  const SECONDS = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600]

  for (const [title, random, factor] of [
    ['as published', 0.5, 1],
    ['a tenth early at most', 0, 0.9],
    ['a tenth late at most', 1, 1.1],
  ] as const) {
    withProgramme(`eight attempts, ${title}; then it is failed, and a replay starts anew`, async (programme) => {
      const receiver = await startReceiver((n) => (n <= 8 ? 503 : 200))
      await programme.set({ webhook_private_targets: true })
      const endpoint = await addEndpoint(programme, receiver.url)
      await happen(programme)
      await runSchedule(programme, { random: () => random })

      const times = (await attemptsOf(programme, endpoint)).map(({ at }) => Date.parse(at) / 1000)
      expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual(
        SECONDS.map((seconds) => expect.closeTo(seconds * factor, 3)),
      )
      expect(await deliveriesOf(programme)).toMatchObject([{ status: 'failed', attempts: 8, next_attempt_at: null }])

      const [failed] = await deliveriesOf(programme)
      const replayed = await programme.call('POST', `/webhooks/deliveries/${failed?.id}/replay`)
      expect(replayed.body.data).toMatchObject({ status: 'pending', attempts: 0 })
      await deliver(programme)
      expect(await deliveriesOf(programme)).toMatchObject([{ status: 'delivered', attempts: 1 }])
      expect(new Set(receiver.received.map(({ headers }) => headers['x-refgrow-delivery'])).size).toBe(1)
      await receiver.close()
    })
  }

  withProgramme('410 disables the endpoint at once and tells the owner', async (programme) => {
    const receiver = await startReceiver(() => 410)
    await programme.set({ webhook_private_targets: true, owner_email: 'owner@example.com' })
    const endpoint = await addEndpoint(programme, receiver.url)
    await happen(programme)
    await happen(programme)
    await deliver(programme)

    expect(receiver.received).toHaveLength(1)
    expect(await endpointOf(programme, endpoint)).toMatchObject({
      status: 'disabled',
      disabled_reason: 'HTTP 410: it wants no more',
    })
    expect((await deliveriesOf(programme)).map(({ status }) => status)).toEqual(['failed', 'failed'])
    expect(await mailsOf(programme)).toMatchObject([
      { recipient: 'owner@example.com', fields: { endpoint_id: endpoint, url: receiver.url } },
    ])
    await happen(programme)
    expect(await deliveriesOf(programme)).toHaveLength(2)
    await receiver.close()
  })

  withProgramme('five days of failures only disable it, when one more delivery has run out', async (programme) => {
    const days = (count: number) => new Date(Date.UTC(2026, 10, 20 + count)).toISOString()
    let broken = true
    const receiver = await startReceiver(() => (broken ? 500 : 200))
    await programme.set({ webhook_private_targets: true, owner_email: 'owner@example.com' })
    const endpoint = await addEndpoint(programme, receiver.url)
    programme.clock.set(days(0))
    for (const day of [0, 2, 3.5]) {
      programme.clock.set(days(day))
      await happen(programme)
      await runSchedule(programme)
    }
    expect(await endpointOf(programme, endpoint)).toMatchObject({ status: 'active', failing_since: days(0) })
    // A hiccup long after says nothing yet.
    programme.clock.set(days(9))
    await happen(programme)
    await deliver(programme)
    expect(await endpointOf(programme, endpoint)).toMatchObject({ status: 'active' })
    expect(await mailsOf(programme)).toEqual([])

    await runSchedule(programme)
    expect(await endpointOf(programme, endpoint)).toMatchObject({
      status: 'disabled',
      disabled_reason: `Nothing arrived since ${days(0)}; the last attempt: HTTP 500`,
    })
    expect(await mailsOf(programme)).toMatchObject([{ fields: { endpoint_id: endpoint, failing_since: days(0) } }])

    broken = false
    const { body } = await programme.call('PUT', `/webhooks/${endpoint}`, { status: 'active' })
    expect(body.data).toMatchObject({ status: 'active', disabled_reason: null, failing_since: null })
    await happen(programme)
    await deliver(programme)
    expect((await deliveriesOf(programme)).at(-1)?.status).toBe('delivered')
    await receiver.close()
  })

  withProgramme('one success in between starts the five days again', async (programme) => {
    const receiver = await startReceiver((n) => (n === 2 ? 200 : 500))
    await programme.set({ webhook_private_targets: true })
    const endpoint = await addEndpoint(programme, receiver.url)
    await happen(programme)
    await deliver(programme)
    expect((await endpointOf(programme, endpoint)).failing_since).toBe(programme.clock.now())
    await runSchedule(programme)
    expect((await endpointOf(programme, endpoint)).failing_since).toBeNull()
    await receiver.close()
  })

  withProgramme('Retry-After is kept, up to a day, and never shortens the wait', async (programme) => {
    const start = Date.parse(programme.clock.now())
    const asks = ['90', new Date(start + 10_000).toUTCString(), '99999999', 'soon', '1']
    const receiver = await startReceiver(
      (n) => (response) => void response.writeHead(429, { 'retry-after': asks[n - 1] ?? '' }).end(),
    )
    await programme.set({ webhook_private_targets: true })
    const endpoint = await addEndpoint(programme, receiver.url)
    await happen(programme)
    await runSchedule(programme, { random: () => 0.5 })
    const times = (await attemptsOf(programme, endpoint)).map(({ at }) => (Date.parse(at) - start) / 1000)
    expect(times.slice(1, 6).map((time, index) => time - (times[index] ?? 0))).toEqual([90, 300, 86_400, 7200, 18_000])
    await receiver.close()
  })

  withProgramme('a slow endpoint does not delay another, nor what happens while it is slow', async (programme) => {
    let answer = () => {}
    const slow = await startReceiver(() => (response) => void (answer = () => response.end()))
    const quick = await startReceiver()
    await programme.set({ webhook_private_targets: true })
    await addEndpoint(programme, slow.url)
    await addEndpoint(programme, quick.url)
    for (let n = 1; n <= 5; n++) await happen(programme)

    const pass = deliver(programme, { timeoutMs: 60_000 })
    await Promise.all([slow.until(1), quick.until(5)])
    await happen(programme)
    await quick.until(6)
    expect(slow.received).toHaveLength(1)
    for (let n = 1; n <= 6; n++) {
      await slow.until(n)
      answer()
    }
    await pass
    expect((await deliveriesOf(programme)).every(({ status }) => status === 'delivered')).toBe(true)
    await Promise.all([slow.close(), quick.close()])
  })

  for (const [title, reaction, logged] of [
    ['an answer that does not come', HANG, { response_status: null, error: 'no whole answer within 0.3 s' }],
    [
      'an answer that does not end',
      ((response) => response.writeHead(200).write('so far')) as Reaction,
      { response_status: 200, response_body: 'so far', error: 'no whole answer within 0.3 s' },
    ],
    ['a closed connection', CLOSE, { response_status: null, error: 'socket hang up' }],
    ['a redirect', 307, { response_status: 307, response_body: 'answer 1', error: null }],
    [
      'a switch of protocols',
      ((response) => response.writeHead(101, { connection: 'upgrade', upgrade: 'x' }).end()) as Reaction,
      { response_status: null, error: expect.any(String) },
    ],
    [
      'bytes that are no text',
      ((response) => response.writeHead(400).end(Buffer.from([0, 0xff, 65]))) as Reaction,
      { response_status: 400, response_body: '\uFFFD\uFFFDA', error: null },
    ],
  ] as const) {
    withProgramme(`${title} is a failed attempt`, async (programme) => {
      const receiver = await startReceiver(() => reaction)
      await programme.set({ webhook_private_targets: true })
      const endpoint = await addEndpoint(programme, receiver.url)
      await happen(programme)
      await deliver(programme)
      expect(await attemptsOf(programme, endpoint)).toMatchObject([logged])
      expect(await deliveriesOf(programme)).toMatchObject([{ status: 'pending', attempts: 1 }])
      await receiver.close()
    })
  }
})

describe('promise 15: we never call an internal address', () => {
  const hostile = (port: number) => [
    `https://127.0.0.1:${port}/`,
    `https://127.1:${port}/`,
    `https://2130706433:${port}/`,
    `https://0x7f000001:${port}/`,
    `https://0x7f.1:${port}/`,
    `https://0177.0.0.1:${port}/`,
    `https://017700000001:${port}/`,
    `https://127.0.0.1.:${port}/`,
    `https://①②⑦.0.0.1:${port}/`,
    `https://127。0。0。1:${port}/`,
    `https://%31%32%37.0.0.1:${port}/`,
    `https:127.0.0.1:${port}`,
    `https://0:${port}/`,
    `https://0.0.0.0:${port}/`,
    `https://[::1]:${port}/`,
    `https://[::]:${port}/`,
    `https://[0:0:0:0:0:0:0:1]:${port}/`,
    `https://[::ffff:127.0.0.1]:${port}/`,
    `https://[::ffff:7f00:1]:${port}/`,
    `https://[::ffff:8.8.8.8]:${port}/`,
    `https://[::127.0.0.1]:${port}/`,
    `https://[64:ff9b::127.0.0.1]:${port}/`,
    `https://[64:ff9b:1::7f00:1]:${port}/`,
    `https://[2002:7f00:1::]:${port}/`,
    `https://[2001:0:7f00:1::]:${port}/`,
    `https://[fe80::1]:${port}/`,
    `https://[fe80::1%25lo]:${port}/`,
    `https://[fec0::1]:${port}/`,
    `https://[fc00::1]:${port}/`,
    `https://[fd12:3456::1]:${port}/`,
    `https://[ff02::1]:${port}/`,
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://100.100.100.200/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xA9FEA9FE/',
    'https://168.63.129.16/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    `https://localhost:${port}/`,
    `https://LOCALHOST.:${port}/`,
    `https://any.localhost:${port}/`,
    `https://user:password@127.0.0.1:${port}/`,
    'https://user@acme.example/',
    `http://127.0.0.1:${port}/`,
    'http://acme.example/',
    'ftp://acme.example/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    '//127.0.0.1/',
    'https://',
  ]

  test('hostile addresses are refused before anything is sent', async () => {
    const canary = await startReceiver()
    const urls = hostile(canary.port)
    expect(urls.length).toBeGreaterThanOrEqual(40)
    for (const url of urls) {
      const { status, error } = await post(url)
      expect([url, status, error]).toEqual([url, null, expect.stringMatching(/^url: /)])
    }
    expect(canary.connections()).toBe(0)
    // The canary would sing.
    expect(await post(canary.url, { privateTargets: true })).toMatchObject({ status: 200, error: null })
    expect(canary.connections()).toBe(1)
    await canary.close()
  })

  withProgramme('none of them can be a webhook, nor become one', async (programme) => {
    const { body } = await programme.call('POST', '/webhooks', { url: 'https://acme.example/', events: [EVENT.type] })
    for (const url of hostile(9)) {
      for (const answer of [
        await programme.call('POST', '/webhooks', { url, events: [EVENT.type] }),
        await programme.call('PUT', `/webhooks/${body.data.id}`, { url }),
      ])
        expect([url, answer.status, answer.body.error]).toEqual([url, 400, expect.stringMatching(/^url: /)])
    }
    expect((await programme.call('GET', '/webhooks')).body.pagination.total).toBe(1)
  })

  test('a name that stands for an internal address is refused, alone or among public ones', async () => {
    const canary = await startReceiver()
    for (const addresses of [['127.0.0.1'], [PUBLIC, '10.0.0.1'], ['::1'], ['169.254.169.254'], ['::ffff:127.0.0.1']]) {
      const lookup: Lookup = (_, __, done) =>
        done(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        )
      const { error } = await post(`https://acme.example:${canary.port}/`, { lookup })
      expect(error).toMatch(/^acme\.example: \S+ is (a private address|no address of the public internet)/)
    }
    expect(canary.connections()).toBe(0)
    await canary.close()
  })

  test('a resolver that answers public, then private: each connection goes where its own answer was checked', async () => {
    const canary = await startReceiver()
    const answers = [PUBLIC, '127.0.0.1', '127.0.0.1']
    let asked = 0
    const lookup: Lookup = (_, __, done) => done(null, [{ address: answers[asked++] ?? '', family: 4 }])
    const url = `https://acme.example:${canary.port}/`
    expect((await post(url, { lookup, timeoutMs: 50 })).status).toBeNull()
    expect(asked).toBe(1)
    expect((await post(url, { lookup })).error).toMatch(/127\.0\.0\.1 is a private address/)
    expect(asked).toBe(2)
    expect(canary.connections()).toBe(0)
    await canary.close()
  })

  test('a redirect is not followed, also where private addresses are allowed', async () => {
    const canary = await startReceiver()
    for (const status of [301, 302, 303, 307, 308]) {
      const receiver = await startReceiver(
        () => (response) => void response.writeHead(status, { location: canary.url }).end(),
      )
      expect(await post(receiver.url, { privateTargets: true })).toMatchObject({ status, error: null })
      await receiver.close()
    }
    expect(canary.connections()).toBe(0)
    await canary.close()
  })

  test("private addresses by setting are not the clouds' metadata", async () => {
    for (const url of [
      'http://169.254.169.254/',
      'http://[::ffff:169.254.169.254]/',
      'http://[fe80::1]/',
      'http://0.0.0.0/',
    ])
      expect((await post(url, { privateTargets: true })).error).toMatch(/is no address of the public internet/)
  })

  withProgramme('taken back, the setting stops what was allowed before', async (programme) => {
    const canary = await startReceiver()
    await programme.set({ webhook_private_targets: true })
    const endpoint = await addEndpoint(programme, canary.url)
    await programme.set({ webhook_private_targets: false })
    await happen(programme)
    await deliver(programme)
    expect(canary.connections()).toBe(0)
    expect(await attemptsOf(programme, endpoint)).toMatchObject([
      { error: expect.stringMatching(/^url: expected https/) },
    ])
    await canary.close()
  })

  const PUBLIC = '192.0.32.7'
  const post = (url: string, more: { privateTargets?: boolean; lookup?: Lookup; timeoutMs?: number } = {}) =>
    guardedPost({ url, headers: {}, body: '{}', privateTargets: false, ...more })
})

const EVENT = {
  type: 'referral_converted' as const,
  subject: 'conversion 1',
  payload: { conversion: { id: 'conv_1' } },
}

const happen = (programme: Programme) =>
  programme.db.transaction().execute((tx) => recordEvent(tx, programme.projectId, EVENT, programme.clock.now()))

const addEndpoint = async ({ db, projectId, clock }: Programme, url: string): Promise<number> =>
  (
    await db
      .transaction()
      .execute((tx) => createEndpoint(tx, projectId, { url, events: [EVENT.type], secret_sealed: null }, clock.now()))
  ).id

const jobContext = ({ db, clock, sealer }: Programme) => ({ db, clock, sealer, log: pino({ level: 'silent' }) })

const deliver = (programme: Programme, options: DeliveryOptions = {}) =>
  deliverWebhooks(jobContext(programme), new AbortController().signal, { timeoutMs: 300, ...options })

/** Sets the clock to each planned attempt until none is planned. */
async function runSchedule(programme: Programme, options?: DeliveryOptions): Promise<void> {
  await deliver(programme, options)
  for (let next = await nextOf(programme); next; next = await nextOf(programme)) {
    programme.clock.set(next)
    await deliver(programme, options)
  }
}

const nextOf = async ({ db }: Programme): Promise<Instant | null> =>
  (
    await db
      .selectFrom('webhook_delivery')
      .select('next_attempt_at')
      .where('next_attempt_at', 'is not', null)
      .orderBy('next_attempt_at')
      .executeTakeFirst()
  )?.next_attempt_at ?? null

const deliveriesOf = ({ db }: Programme): Promise<WebhookDelivery[]> =>
  db.selectFrom('webhook_delivery').selectAll().orderBy('id').execute()

const attemptsOf = ({ db }: Programme, endpoint: number) =>
  db
    .selectFrom('webhook_attempt')
    .innerJoin('webhook_delivery', 'webhook_delivery.id', 'webhook_attempt.delivery_id')
    .selectAll('webhook_attempt')
    .where('webhook_delivery.endpoint_id', '=', endpoint)
    .orderBy('webhook_attempt.id')
    .execute()

const endpointOf = ({ db }: Programme, id: number) =>
  db.selectFrom('webhook_endpoint').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

const mailsOf = async ({ db }: Programme) =>
  (await db.selectFrom('mail').selectAll().where('template', '=', 'webhook_disabled').execute()).map((mail) => ({
    ...mail,
    fields: JSON.parse(mail.fields) as Record<string, unknown>,
  }))

/** @returns the signal that ended it, or null */
const runWorker = (url: string, now: Instant, started: (worker: { kill(): void }) => void) =>
  new Promise<NodeJS.Signals | null>((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'test/webhook-worker.ts'), url, now], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    started({ kill: () => child.kill('SIGKILL') })
    child.on('exit', (code, signal) => (code ? reject(new Error(`the worker ended with ${code}`)) : resolve(signal)))
  })
