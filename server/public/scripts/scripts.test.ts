import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { expect } from 'vitest'
import { buildApp } from '../../app.ts'
import { loadConfig } from '../../config.ts'
import { type FreshDatabase, onBothDatabases } from '../../test/databases.ts'
import { unpack, versionOf } from '../../../locales/compact.ts'

const FIRST = 'console.log("the first version")'
const SECOND = 'console.log("the second version")'

async function serverOf({ db }: FreshDatabase, script: string, env = {}): Promise<FastifyInstance> {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  mkdirSync(join(folder, 'locales'))
  writeFileSync(join(folder, 'latest.js'), script)
  writeFileSync(join(folder, 'page.js'), '// the widget')
  writeFileSync(
    join(folder, 'locales', 'en.json'),
    '{"hello":"Hello","days_one":"{{n}} day","days_other":"{{n}} days"}',
  )
  writeFileSync(
    join(folder, 'locales', 'de.json'),
    '{"hello":"Hallo","days_one":"{{n}} Tag","days_other":"{{n}} Tage"}',
  )
  const sealer = { seal: String, open: String, sign: String }
  const clock = { now: () => '2026-11-20T12:00:00.000Z' }
  return buildApp({
    config: loadConfig(env),
    db,
    clock,
    sealer,
    scripts: { dist: folder, locales: join(folder, 'locales') },
  })
}

onBothDatabases(
  'both scripts are served at all their addresses, compressed as the browser likes, and 304 when unchanged',
  async (fresh) => {
    const app = await serverOf(fresh, FIRST)
    for (const url of ['/latest.js', '/tracking.js']) expect((await app.inject({ url })).body).toBe(FIRST)
    for (const url of ['/page.js', '/js/page.js', '/embed.js'])
      expect((await app.inject({ url })).body).toBe('// the widget')
    const german = { hello: 'Hallo', days_one: '{{n}} Tag', days_other: '{{n}} Tage' }
    const english = { hello: 'Hello', days_one: '{{n}} day', days_other: '{{n}} days' }
    expect((await app.inject({ url: '/locales/de.json' })).json()).toEqual(german)
    expect((await app.inject({ url: '/locales.json' })).json()).toEqual({ de: german, en: english })
    const packed = await app.inject({ url: `/locales/de.${versionOf(english)}.json` })
    expect(packed.json()).toEqual(['Hallo', { one: '{{n}} Tag', other: '{{n}} Tage' }])
    expect(unpack(packed.json(), english)).toEqual(german)

    const br = await app.inject({ url: '/latest.js', headers: { 'accept-encoding': 'gzip, deflate, br' } })
    expect(brotliDecompressSync(br.rawPayload).toString()).toBe(FIRST)
    expect(br.headers).toMatchObject({
      'content-encoding': 'br',
      vary: 'accept-encoding',
      'content-type': 'text/javascript; charset=utf-8',
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
    })
    const gz = await app.inject({ url: '/latest.js', headers: { 'accept-encoding': 'br;q=0, gzip' } })
    expect(gunzipSync(gz.rawPayload).toString()).toBe(FIRST)
    expect(gz.headers.etag).not.toBe(br.headers.etag)
    const again = await app.inject({
      url: '/latest.js',
      headers: { 'accept-encoding': 'br', 'if-none-match': `"other", ${br.headers.etag}` },
    })
    expect([again.statusCode, again.body]).toEqual([304, ''])
    await app.close()
  },
)

onBothDatabases('a pinned version is immutable and outlives an upgrade', async (fresh) => {
  const hash = createHash('sha256').update(FIRST).digest('hex').slice(0, 16)
  const before = await serverOf(fresh, FIRST)
  const pinned = await before.inject({ url: `/latest.${hash}.js` })
  expect([pinned.body, pinned.headers['cache-control']]).toEqual([FIRST, 'public, max-age=31536000, immutable'])
  await before.close()

  const after = await serverOf(fresh, SECOND)
  expect((await after.inject({ url: '/latest.js' })).body).toBe(SECOND)
  expect((await after.inject({ url: `/latest.${hash}.js` })).body).toBe(FIRST)
  const never = await after.inject({ url: '/latest.0123456789abcdef.js' })
  expect([never.statusCode, never.json().code]).toEqual([404, 'not_found'])
  expect((await after.inject({ url: '/latest.nohash.js' })).statusCode).toBe(404)
  await after.close()
})

onBothDatabases(
  'a company may serve them under names of its own; reports are then taken beside them',
  async (fresh) => {
    const app = await serverOf(fresh, FIRST, { TRACKER_PATHS: '/js/shop.js,/a.js', WIDGET_PATHS: '/partners/panel.js' })
    for (const url of ['/js/shop.js', '/a.js', '/latest.js']) expect((await app.inject({ url })).body).toBe(FIRST)
    expect((await app.inject({ url: '/partners/panel.js' })).body).toBe('// the widget')
    for (const url of ['/js/api/track/click', '/api/track/click']) {
      const answer = await app.inject({ method: 'POST', url, payload: '{}', headers: { 'content-type': 'text/plain' } })
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_request'])
    }
    await app.close()
  },
)
