/** Open dashboards hear of what changed, through any process, and keep no server from going down. */
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { expect } from 'vitest'
import { openSession, revokeSession } from '../../core/affiliate/session.ts'
import { getAffiliate } from '../../core/affiliate/affiliate.ts'
import { checkout, createProgramme, hashFor, type Programme, withProgramme } from '../../test/programme.ts'
import { restOf } from '../../test/rest.ts'

interface Listening {
  status: number
  headers: Headers
  /** The next message; undefined when the stream has ended. */
  next(): Promise<string | undefined>
  stop(): void
}

async function listen(app: FastifyInstance, body: object): Promise<Listening> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const stop = new AbortController()
  const response = await fetch(`http://127.0.0.1:${port}/api/widget/live`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', origin: 'https://shop.test' },
    body: JSON.stringify(body),
    signal: stop.signal,
  })
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    status: response.status,
    headers: response.headers,
    stop: () => stop.abort(),
    async next() {
      for (;;) {
        const [frame, rest] = text.split(/\n\n(.*)/s)
        if (rest !== undefined) {
          text = rest
          return frame
        }
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
        if (done) return undefined
        text += decoder.decode(value, { stream: true })
      }
    },
  }
}

const identityOf = (programme: Programme, email = 'ann@example.com') => ({
  project_id: programme.projectId,
  email,
  hash: hashFor(email),
})

const etagOf = async (programme: Programme, email?: string) =>
  (await programme.post('/api/widget/dashboard', identityOf(programme, email))).headers['etag']

const told = (etag: unknown) => `data: ${JSON.stringify({ etag })}`

withProgramme(
  'a stream begins with the tag of what is shown and tells each new one',
  async (programme) => {
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    const live = await listen(programme.app, identityOf(programme))
    const bens = await listen(programme.app, identityOf(programme, 'ben@example.com'))
    expect(live.status).toBe(200)
    expect(Object.fromEntries(live.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'access-control-allow-origin': 'https://shop.test',
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    })
    const before = await etagOf(programme)
    expect(await live.next()).toBe(told(before))
    const bensFirst = await bens.next()

    // Each kind of change: a click, a sale, a payout, a request, a status that moves no money.
    const { post, put, del } = restOf(programme)
    const changes: (() => Promise<unknown>)[] = [
      () => programme.click('ANN', 'click-0001'),
      () => programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' })),
      () => post('payouts', { affiliate_id: 1, amount: 1 }),
      () =>
        programme.report({
          project_id: programme.projectId,
          type: 'purchase',
          value: 5,
          email: 'waiting@example.com',
          referral_code: 'ANN',
        }),
      () => put('conversions/2', { status: 'denied' }),
      () => put('affiliates/1', { name: 'Ann Baker' }),
      () => post('coupons', { affiliate_id: 1, coupon_code: 'ANN10' }),
      () => del('coupons/1'),
    ]
    const messages = [told(before)]
    const watch = async (watched: typeof changes) => {
      for (const change of watched) {
        programme.clock.set(`2026-11-20T12:${10 + messages.length}:00.000Z`)
        await change()
        const message = await live.next()
        expect([messages.length, message]).toEqual([messages.length, told(await etagOf(programme))])
        expect(message).not.toBe(messages.at(-1))
        messages.push(message!)
      }
    }
    await watch(changes)

    // Ben heard nothing of it; the next he hears is his own.
    await programme.click('BEN', 'click-0002')
    const bensNext = await bens.next()
    expect(bensNext).toBe(told(await etagOf(programme, 'ben@example.com')))
    expect(bensNext).not.toBe(bensFirst)

    // What the owner changes for everybody: the look, the terms, the materials.
    await watch([
      () => programme.set({ title: 'Partners of Acme' }),
      () => put('campaigns/1', { terms: { rate: 30 } }),
      () => post('materials', { kind: 'text', title: 'Short', text: 'See {{link}}' }),
    ])
    expect(await bens.next()).not.toBe(bensNext)
    live.stop()
    bens.stop()
  },
  60_000,
)

withProgramme('held money becomes eligible at midnight, and the stream says so', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.setTerms({ percent: 20, holdDays: 1 })
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
  const live = await listen(programme.app, identityOf(programme))
  await live.next()
  programme.clock.set('2026-11-22T00:00:00.000Z')
  expect(await live.next()).toBe(told(await etagOf(programme)))
  live.stop()
})

withProgramme('a change made by another process is told as well', async (programme) => {
  if (programme.engine === 'sqlite') return
  await programme.addAffiliate('ANN')
  const { openDatabase } = await import('../../db/open.ts')
  const db = openDatabase(programme.url)
  const other = await createProgramme({ db, engine: 'postgres', url: programme.url })
  const live = await listen(other.app, identityOf(programme))
  await live.next()
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
  expect(await live.next()).toBe(told(await etagOf(programme)))
  await other.app.close()
  expect(await live.next()).toBeUndefined()
  await db.destroy()
})

withProgramme('who is not proven, not joined, deleted or logged out hears nothing', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.addAffiliate('BEN')
  const statusOf = async (body: object) => (await programme.post('/api/widget/live', body)).status
  expect(await statusOf({ project_id: programme.projectId, email: 'ann@example.com' })).toBe(401)
  expect(await statusOf({ ...identityOf(programme), hash: 'x' })).toBe(403)
  expect(await statusOf(identityOf(programme, 'new@example.com'))).toBe(404)
  expect(await statusOf({ ...identityOf(programme), project_id: 9 })).toBe(404)

  const { db, projectId, clock } = programme
  const token = await db
    .transaction()
    .execute(async (tx) => openSession(tx, await getAffiliate(tx, projectId, 'ann@example.com'), clock.now()))
  const byToken = await listen(programme.app, { project_id: projectId, token })
  expect(await byToken.next()).toBe(told(await etagOf(programme)))
  await db.transaction().execute((tx) => revokeSession(tx, projectId, token, clock.now()))
  await programme.click('ANN', 'click-0001')
  expect(await byToken.next()).toBeUndefined()

  const bens = await listen(programme.app, identityOf(programme, 'ben@example.com'))
  await bens.next()
  await restOf(programme).del('affiliates/ben%40example.com')
  expect(await bens.next()).toBeUndefined()
})

withProgramme('one affiliate has at most eight streams, and a closed one makes room', async (programme) => {
  await programme.addAffiliate('ANN')
  const open: Listening[] = []
  for (let n = 0; n < 8; n++) open.push(await listen(programme.app, identityOf(programme)))
  expect(open.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  const ninth = await listen(programme.app, identityOf(programme))
  expect([ninth.status, await ninth.next()]).toEqual([429, undefined])
  open[0]?.stop()
  await expect
    .poll(async () => {
      const again = await listen(programme.app, identityOf(programme))
      open.push(again)
      return again.status
    })
    .toBe(200)
  for (const one of open) one.stop()
})

withProgramme('a closing server ends its streams at once, also those nobody reads', async (programme) => {
  await programme.addAffiliate('ANN')
  const live = await listen(programme.app, identityOf(programme))
  await live.next()
  const { port } = programme.app.server.address() as AddressInfo
  const unread = httpRequest({ port, host: '127.0.0.1', path: '/api/widget/live', method: 'POST' })
  unread.setHeader('content-type', 'text/plain').end(JSON.stringify(identityOf(programme)))
  const response = await new Promise<NodeJS.ReadableStream>((resolve) => unread.on('response', resolve))
  response.pause()

  const begun = performance.now()
  await programme.app.close()
  expect(performance.now() - begun).toBeLessThan(3000)
  expect(await live.next()).toBeUndefined()
  unread.destroy()
})
