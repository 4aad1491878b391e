import { expect, test } from 'vitest'
import { withProgramme } from './test/programme.ts'
import { countInWindows } from './core/kit/rate-window.ts'
import { networkOf } from './rate-limit.ts'
import { onBothDatabases } from './test/databases.ts'
import type { Db } from './db/schema.ts'

const windowsIn = async (db: Db) => JSON.stringify(await db.selectFrom('rate_window').selectAll().execute())

withProgramme(
  'every answer says where the tightest window stands; the request after the last is 429 until the window ends',
  async ({ get, clock, app, db, engine }) => {
    clock.set('2026-11-20T12:00:30.000Z')
    const reset = String(Date.parse('2026-11-20T12:01:00.000Z') / 1000)
    for (const remaining of ['2', '1', '0'])
      expect(await get('/api/v1/affiliates')).toMatchObject({
        status: 200,
        headers: { 'x-ratelimit-limit': '3', 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset },
      })
    expect(await get('/api/v1/affiliates')).toMatchObject({
      status: 429,
      body: { success: false, code: 'rate_limited', error: 'Too many requests; try again in 30 seconds' },
      headers: { 'retry-after': '30', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
    })
    clock.set('2026-11-20T12:01:00.000Z')
    expect((await get('/api/v1/affiliates')).status).toBe(200)

    if (engine === 'sqlite') return
    const other = await app.inject({ url: '/api/v1/affiliates', remoteAddress: '203.0.113.9' })
    expect(other.statusCode).toBe(401)
    expect(await windowsIn(db)).not.toContain('203.0.113.9')
  },
  undefined,
  { RATE_LIMIT_KEY_PER_MINUTE: '3', RATE_LIMIT_IP_PER_MINUTE: '100', RATE_LIMIT_KEY_PER_HOUR: '1000' },
)

withProgramme(
  'failed attempts count against their address, whatever key they try; another address is free',
  async ({ app, apiKey, clock }) => {
    clock.set('2026-11-20T12:00:30.000Z')
    const attempt = (key: string, remoteAddress: string, url = '/api/v1/affiliates') =>
      app
        .inject({ url, remoteAddress, headers: { authorization: `Bearer ${key}` } })
        .then(({ statusCode, headers }) => [statusCode, headers['x-ratelimit-remaining']])
    expect(await attempt('rgk_wrong', '203.0.113.7')).toEqual([401, '1'])
    expect(await attempt('rgk_other', '203.0.113.7', '/api/v1/unknown')).toEqual([401, '0'])
    expect(await attempt('rgk_third', '203.0.113.7')).toEqual([429, '0'])
    expect(await attempt(apiKey, '203.0.113.7')).toEqual([429, '0'])
    expect(await attempt(apiKey, '203.0.113.8')).toEqual([200, '1'])
    expect(await attempt('rgk_wrong', '2001:db8:1:2::7')).toEqual([401, '1'])
    expect(await attempt('rgk_wrong', '2001:db8:1:2:ffff::8')).toEqual([401, '0'])
  },
  undefined,
  { RATE_LIMIT_IP_PER_MINUTE: '2' },
)

withProgramme(
  'a key has an hour too, and the window that refuses longest is the one that is named',
  async ({ get, addProject, clock }) => {
    clock.set('2026-11-20T12:00:30.000Z')
    for (let minute = 0; minute < 2; minute++) {
      clock.set(`2026-11-20T12:0${minute}:30.000Z`)
      expect((await get('/api/v1/affiliates')).status).toBe(200)
    }
    clock.set('2026-11-20T12:02:30.000Z')
    expect(await get('/api/v1/affiliates')).toMatchObject({
      status: 429,
      headers: { 'retry-after': String(57.5 * 60) },
    })
    expect((await get('/api/v1/affiliates', (await addProject('Other')).apiKey)).status).toBe(200)
  },
  undefined,
  { RATE_LIMIT_KEY_PER_MINUTE: '2', RATE_LIMIT_KEY_PER_HOUR: '2' },
)

withProgramme('with all limits off nothing is counted and no header is sent', async ({ get, db }) => {
  expect(Object.keys((await get('/api/v1/affiliates')).headers).filter((name) => name.includes('ratelimit'))).toEqual(
    [],
  )
  expect(await windowsIn(db)).toBe('[]')
})

withProgramme(
  'browsers and providers have a wide limit of their own per address; a link always leads on',
  async ({ addAffiliate, projectId, app, post }) => {
    await addAffiliate('ANN')
    const click = (click_id: string) =>
      post(
        '/api/track/click',
        { project_id: projectId, referral_code: 'ANN', click_id },
        { origin: 'https://shop.test' },
      )
    for (const id of ['click-0001', 'click-0002']) expect((await click(id)).status).toBe(200)
    expect(await click('click-0003')).toMatchObject({
      status: 429,
      body: { code: 'rate_limited' },
      headers: { 'retry-after': '60', 'access-control-allow-origin': 'https://shop.test' },
    })
    expect((await app.inject({ url: '/r/ANN' })).statusCode).toBe(302)
    expect((await post('/webhook/stripe/1', {})).status).toBe(401)
  },
  undefined,
  { RATE_LIMIT_PUBLIC_PER_MINUTE: '2' },
)

withProgramme(
  'a clock that was days ahead refuses nobody once it is right again',
  async ({ get, clock }) => {
    const ask = async () => (await get('/api/v1/affiliates')).status
    clock.set('2026-11-22T12:00:30.000Z')
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429])
    clock.set('2026-11-20T12:00:30.000Z')
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429])
    clock.set('2026-11-20T12:01:00.000Z')
    expect(await ask()).toBe(200)
  },
  undefined,
  { RATE_LIMIT_KEY_PER_MINUTE: '2', RATE_LIMIT_KEY_PER_HOUR: '1000' },
)

onBothDatabases('a window of the future begins anew, but for one of a clock that is a little ahead', async ({ db }) => {
  const count = async (starts_at: string, now: string) =>
    (await countInWindows(db, [{ key: 'k', starts_at }], now)).get('k')
  const [minute, next] = ['2026-11-20T12:00:00.000Z', '2026-11-20T12:01:00.000Z']
  expect(await count(next, '2026-11-20T12:01:01.000Z')).toBe(1)
  // Another process, four seconds behind: the same window, not one more for each of the two.
  expect(await count(minute, '2026-11-20T12:00:57.000Z')).toBe(2)
  expect(await count(next, '2026-11-20T12:01:02.000Z')).toBe(3)
  expect(await count(minute, '2026-11-20T12:00:54.000Z')).toBe(1)
  expect(await count(minute, '2026-11-20T12:00:55.000Z')).toBe(2)
  expect(await count(next, '2026-11-20T12:01:00.000Z')).toBe(1)
})

test('an IPv6 line is one caller, however many addresses it has', () => {
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7')
  expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7')
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
  expect(networkOf('2001:db8:1:2::6')).toBe('2001:db8:1:2')
  expect(networkOf('2001:db8::6')).toBe('2001:db8:0:0')
  expect(networkOf('::1')).toBe('0:0:0:0')
})
