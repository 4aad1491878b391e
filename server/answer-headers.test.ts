/** Every route, asked in every way: what its answer may be kept by, framed in, and taken for. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { describe, expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { loadConfig } from './config.ts'
import { systemClock } from './context.ts'
import { createMaterial } from './core/dashboard/material.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { createProgramme } from './test/programme.ts'

type Method = NonNullable<InjectOptions['method']>

/** What may be kept, and for how long; everything else is kept nowhere. A new route that may be kept is added here. */
const KEPT: [RegExp, string][] = [
  [
    /^\/((js\/)?page|latest|tracking|embed)\.js$|^\/locales|^\/preview\/toolbar\.js$|^\/favicon\.ico$/,
    'public, max-age=3600, stale-while-revalidate=86400',
  ],
  [/^\/(latest|page)\.[0-9a-f]{16}\.js$|^\/materials\//, 'public, max-age=31536000, immutable'],
  [/^\/openapi\.json$/, 'no-cache'],
]

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describe.each(['https://refgrow.example.com', 'http://localhost:3000'])('at %s', (publicUrl) => {
  test('no answer is guessed at, and none is kept that does not say so', async () => {
    const { app, routes, apiKey, addresses } = await everyRoute(publicUrl)
    expect(routes.length).toBeGreaterThan(80)
    const seen = new Set<string>()
    const met = new Set<string>()
    for (const { method, url } of [
      ...routes,
      { method: 'GET' as const, url: '/nowhere' },
      { method: 'GET' as const, url: '/%zz' },
    ])
      for (const key of [apiKey, 'rgk_wrong'])
        for (const accept of ['*/*', 'text/html,application/xhtml+xml', 'application/json']) {
          const address = addresses(url)
          const { statusCode, headers } = await app.inject({
            method,
            url: address,
            headers: { authorization: `Bearer ${key}`, accept, 'content-type': 'application/json' },
            ...(method !== 'GET' && method !== 'HEAD' && { payload: '{}' }),
          })
          const asked = `${method} ${address} (${accept}) ${statusCode}`
          const kept = statusCode < 300 ? KEPT.find(([path]) => path.test(address))?.[1] : undefined
          const isPage = (headers['content-type'] ?? '').startsWith('text/html')
          const isMove = statusCode === 302
          expect([asked, headers['x-content-type-options']]).toEqual([asked, 'nosniff'])
          expect([asked, headers['strict-transport-security']]).toEqual([
            asked,
            publicUrl.startsWith('https:') ? 'max-age=31536000' : undefined,
          ])
          if (kept) met.add(kept)
          if (!isMove && !isPage)
            expect([asked, headers['cache-control']]).toEqual([asked, expect.stringContaining(kept ?? 'no-store')])
          if (isPage) {
            // A page may be shown in no frame, tells nobody its address, and is looked for anew each time.
            expect([asked, headers['cache-control'], headers['x-frame-options'], headers['referrer-policy']]).toEqual([
              asked,
              'no-cache',
              'DENY',
              'same-origin',
            ])
            expect([asked, headers['content-security-policy']]).toEqual([
              asked,
              expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'/),
            ])
          }
          seen.add(`${isPage ? 'page' : 'program'} ${Math.floor(statusCode / 100)}`)
        }
    // All kinds were met: what was found, moved, and refused.
    expect([...seen].sort()).toEqual(['page 2', 'page 4', 'program 2', 'program 3', 'program 4'])
    expect(met.size).toBe(KEPT.length)
    await app.close()
  })
})

async function everyRoute(publicUrl: string) {
  const url = 'sqlite::memory:'
  const db = openDatabase(url)
  await migrate(db, 'sqlite')
  const { projectId, apiKey, sealer, addAffiliate } = await createProgramme({ db, engine: 'sqlite', url })
  await addAffiliate('ANN')
  const image = await db
    .transaction()
    .execute((tx) =>
      createMaterial(tx, projectId, { kind: 'banner', title: 'Banner', image: PIXEL }, systemClock.now()),
    )

  const dist = mkdtempSync(join(tmpdir(), 'refgrow-dist-'))
  for (const name of ['latest.js', 'page.js']) writeFileSync(join(dist, name), `/* ${name} */`)
  const routes: { method: Method; url: string }[] = []
  const listen = (message: unknown) =>
    void (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url: path }) => {
      for (const one of [method].flat()) routes.push({ method: one, url: path })
    })
  subscribe('fastify.initialization', listen)
  const config = loadConfig({
    DATABASE_URL: url,
    PUBLIC_URL: publicUrl,
    RATE_LIMIT_KEY_PER_MINUTE: '0',
    RATE_LIMIT_KEY_PER_HOUR: '0',
    RATE_LIMIT_IP_PER_MINUTE: '0',
    RATE_LIMIT_PUBLIC_PER_MINUTE: '0',
  })
  const app = await buildApp({
    config,
    db,
    clock: systemClock,
    sealer,
    scripts: { dist, locales: join(import.meta.dirname, '..', 'locales') },
  })
  await app.ready()
  unsubscribe('fastify.initialization', listen)

  const hash = /latest\.([0-9a-f]{16})/.exec(
    JSON.stringify(await db.selectFrom('script_version').selectAll().execute()),
  )
  const addresses = (path: string) =>
    path
      .replace(/:hash\([^)]*\)/, hash?.[1] ?? 'f'.repeat(16))
      .replace('/materials/:id/:hash', `/materials/${image.id}/${image.hash}`)
      .replace(':slug', `acme-${projectId}`)
      .replace(':provider', 'stripe')
      .replace(':code', 'ANN')
      .replace(':state', 'dashboard')
      .replace(':theme', 'own')
      .replace(':file', 'en.json')
      .replace(/:(email|affiliate)\w*/, 'ann%40example.com')
      .replace(/:\w+/g, '1')
      .replace('*', 'anything')
  return { app, routes, apiKey, addresses }
}
