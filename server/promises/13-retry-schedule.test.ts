/** Promise 13: retries follow the published schedule. */
import { describe, expect } from 'vitest'
import { withProgramme } from '../test/programme.ts'
import { type Reaction, startReceiver } from '../test/receiver.ts'
import {
  happen,
  addEndpoint,
  deliver,
  runSchedule,
  deliveriesOf,
  attemptsOf,
  endpointOf,
  mailsOf,
} from '../test/webhook-events.ts'

const CLOSE: Reaction = (response) => response.destroy()
const HANG: Reaction = () => {}

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
