/**
 * Promise 17: no IP address or user agent is at rest. A server that logs as much as it can is visited with marked addresses and
 * agents; then its files and its log are searched for the marks.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Stripe from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDays, dayOf } from '../core/kit/time.ts'
import { checkout, hashFor, WEBHOOK_SECRET } from '../test/programme.ts'
import { type ChildServer, type SeededDatabase, seedDatabase, startServer } from './child-server.ts'

const ADDRESSES = ['203.0.113.77', '198.51.100.213', '2001:db8:77:88:99aa:bbcc:ddee:ff01']
const AGENT = 'Mozilla/5.0 (MarkedOS 7.7) MarkedEngine/77.1 (KHTML, like Gecko) MarkedBrowser/770.77'
const BOT = 'MarkedCrawler/7.7 (+https://marked.test/bot)'
/** As the files would hold them; an address also in the shortened form that a network is counted under. */
const MARKS = [...ADDRESSES, '2001:db8:77:88', 'MarkedOS', 'MarkedEngine', 'MarkedBrowser', 'MarkedCrawler']

let database: SeededDatabase
let server: ChildServer
const today = dayOf(new Date().toISOString())
const old = [-30, -3, -2].map((days) => addDays(today, days))
const saltOf = (day: string) => `salt-of-${day}-${'x'.repeat(40)}`

beforeAll(async () => {
  database = await seedDatabase()
  const file = new DatabaseSync(database.file)
  for (const day of [...old, addDays(today, -1)])
    file.prepare('insert into daily_salt (day, salt) values (?, ?)').run(day, saltOf(day))
  file.close()
  server = await startServer({
    ...database.env,
    LOG_LEVEL: 'trace',
    TRUSTED_PROXIES: '127.0.0.1',
    // Counted as well, but out of reach.
    RATE_LIMIT_IP_PER_MINUTE: '100000',
    RATE_LIMIT_PUBLIC_PER_MINUTE: '100000',
  })
})
afterAll(() => server?.child.kill('SIGKILL'))

describe('promise 17: no IP address or user agent is at rest', () => {
  test('a whole story leaves neither in the database, its log of writes, a backup or the logs', async () => {
    for (const address of ADDRESSES) for (const agent of [AGENT, BOT]) await visit(address, agent)

    const { visitors, clicks } = withDatabase(
      (file) =>
        file.prepare('select count(distinct visitor_hash) as visitors, count(*) as clicks from click').get() as {
          visitors: number
          clicks: number
        },
    )
    // Both were looked at: every pair of address and agent is a visitor of its own.
    expect([visitors, clicks]).toEqual([6, 12])

    const copy = `${database.file}.copy`
    const { status } = spawnSync(process.execPath, ['server/cli.ts', 'backup', copy], {
      cwd: join(import.meta.dirname, '..', '..'),
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...database.env },
    })
    expect(status).toBe(0)
    const files = [database.file, `${database.file}-wal`, `${database.file}-shm`, copy].filter(existsSync)
    expect(files).toHaveLength(4)
    const told = files.map((name) => readFileSync(name, 'latin1')).join('')
    // What is kept is found by the same search.
    expect(told).toContain('https://shop.test/landing-of-story')
    expect(MARKS.filter((mark) => told.includes(mark))).toEqual([])

    const log = server.output()
    expect(log.split('\n').length).toBeGreaterThan(80)
    for (const route of ['/api/track/click', '/r/:code', '/api/widget/join', '/webhook/:provider/:projectId'])
      expect(log).toContain(route)
    expect(MARKS.filter((mark) => log.includes(mark))).toEqual([])
    expect(log).not.toContain(database.apiKey)
    expect(log).not.toContain('rgk_wrong')
  })

  test('salts of 48 hours and more are gone, so that their hashes can be traced to nobody', async () => {
    await expect
      .poll(() =>
        withDatabase((file) =>
          file
            .prepare('select day from daily_salt order by day')
            .all()
            .map((row) => row['day']),
        ),
      )
      .toEqual([addDays(today, -1), today])
  })
})

const withDatabase = <T>(read: (file: DatabaseSync) => T): T => {
  const file = new DatabaseSync(database.file, { readOnly: true })
  try {
    return read(file)
  } finally {
    file.close()
  }
}

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** Everything a visitor, an affiliate, a shop and a payment provider do, and what goes wrong. */
async function visit(address: string, agent: string): Promise<void> {
  const id = `${ADDRESSES.indexOf(address)}-${agent === BOT ? 'bot' : 'human'}`
  const email = `buyer-${id}@example.com`
  const marked = { 'x-forwarded-for': address, 'user-agent': agent }
  const send = async (path: string, { method = 'POST', headers = {}, body }: Sent, expected: number) => {
    const response = await fetch(server.url + path, {
      method,
      redirect: 'manual',
      headers: { ...marked, ...headers },
      ...(body !== undefined && { body }),
    })
    expect([path, response.status, await response.text().then((text) => text.slice(0, 200))]).toEqual([
      path,
      expected,
      expect.anything(),
    ])
  }
  const browser = (path: string, body: unknown, expected: number) =>
    send(path, { headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body) }, expected)
  const api = (method: string, path: string, body: unknown, expected: number, more: Record<string, string> = {}) =>
    send(
      `/api/v1${path}`,
      {
        method,
        headers: { authorization: `Bearer ${database.apiKey}`, 'content-type': 'application/json', ...more },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      },
      expected,
    )
  const project = { project_id: database.projectId }
  const url = 'https://shop.test/landing-of-story'

  await browser(
    '/api/track/click',
    { ...project, referral_code: 'ANN', click_id: `click-of-${id}`, url, referrer: 'https://blog.test/' },
    200,
  )
  await browser('/api/track/click', { ...project, referral_code: 'NOBODY', click_id: `click-x-${id}` }, 404)
  await send('/r/ANN', { method: 'GET' }, 302)
  await browser(
    '/api/track/event',
    { ...project, type: 'signup', email, referral_code: 'ANN', click_id: `click-of-${id}`, url },
    202,
  )
  await browser('/api/track/event', { ...project, type: 'purchase', value: 50, email, idempotency_key: 'call-1' }, 202)
  await send('/api/track/event', { headers: { 'content-type': 'text/plain' }, body: '{"not json' }, 400)
  const joined = `join-${id}@example.com`
  await browser('/api/widget/join', { ...project, email: `code-${id}@example.com` }, 202)
  await browser('/api/widget/code', { ...project, email: joined }, 200)
  await browser('/api/widget/login', { ...project, email: joined, code: '123456' }, 403)
  await browser('/api/widget/join', { ...project, email: joined, hash: hashFor(joined) }, 201)
  await browser('/api/widget/dashboard', { ...project, email: joined, hash: hashFor(joined) }, 200)
  await browser('/api/widget/dashboard', { ...project, email: joined, hash: 'wrong' }, 403)

  const sale = { reference: `order-${id}`, base_value: 20, email, referral_code: 'ANN' }
  await api('POST', '/conversions', sale, 201, { 'idempotency-key': `key-${id}` })
  await api('POST', '/conversions', sale, 201, { 'idempotency-key': `key-${id}` })
  await api('GET', '/conversions', undefined, 200)
  await api('PUT', '/conversions/999999', { status: 'denied' }, 404)
  await api('POST', '/payouts', { affiliate_id: 999_999 }, 404)
  await api('GET', '/affiliates', undefined, 401, { authorization: 'Bearer rgk_wrong' })

  const payload = JSON.stringify(checkout({ id, amount: 5000, code: 'ANN', email }))
  const signature = new Stripe('sk_test_none').webhooks.generateTestHeaderString({ payload, secret: WEBHOOK_SECRET })
  const webhook = `/webhook/stripe/${database.projectId}`
  await send(webhook, { headers: { 'stripe-signature': signature }, body: payload }, 200)
  await send(webhook, { headers: { 'stripe-signature': 't=1,v1=0' }, body: payload }, 401)
  await send('/nowhere', { method: 'GET' }, 404)
}
