import { describe, expect, vi } from 'vitest'
import { createApiKey, listApiKeys, revokeApiKey } from './core/project/api-key.ts'
import { withProgramme } from './test/programme.ts'

describe('an API key', () => {
  withProgramme(
    'that may only read is refused every change, before its body is looked at',
    async ({ app, db, projectId, clock, get }) => {
      const { key } = await db
        .transaction()
        .execute((tx) => createApiKey(tx, projectId, 'reader', clock.now(), ['read']))
      expect((await get('/api/v1/affiliates', key)).status).toBe(200)
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
        const response = await app.inject({
          method,
          url: method === 'POST' ? '/api/v1/affiliates' : '/api/v1/affiliates/ann%40example.com',
          payload: '{"email": 1}',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'one' },
        })
        expect([response.statusCode, response.json()]).toEqual([
          403,
          { success: false, error: 'This API key lacks the scope "write"', code: 'forbidden' },
        ])
      }
    },
  )

  withProgramme('that may only write reads nothing', async ({ db, projectId, clock, get }) => {
    const { key } = await db
      .transaction()
      .execute((tx) => createApiKey(tx, projectId, 'sender', clock.now(), ['write']))
    expect(await get('/api/v1/affiliates', key)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })

  withProgramme(
    'is 256 random bits, known to the database by its hash, and dead once it is revoked',
    async ({ db, projectId, clock, get }) => {
      const { id, key } = await db.transaction().execute((tx) => createApiKey(tx, projectId, 'second', clock.now()))
      expect(key).toMatch(/^rgk_[A-Za-z0-9_-]{43}$/)
      expect(JSON.stringify(await db.selectFrom('api_key').selectAll().execute())).not.toContain(key)
      expect((await get('/api/v1/affiliates', key)).status).toBe(200)
      await db.transaction().execute((tx) => revokeApiKey(tx, projectId, id, clock.now()))
      expect((await get('/api/v1/affiliates', key)).status).toBe(401)
    },
  )

  withProgramme('knows when it was last used, to the minute', async ({ db, projectId, clock, get }) => {
    const lastUsed = async () => (await db.transaction().execute((tx) => listApiKeys(tx, projectId)))[0]?.last_used_at
    expect(await lastUsed()).toBeNull()
    await get('/api/v1/affiliates')
    await vi.waitFor(async () => expect(await lastUsed()).toBe('2026-11-20T12:00:00.000Z'))
    clock.set('2026-11-20T12:00:59.000Z')
    await get('/api/v1/affiliates')
    clock.set('2026-11-20T12:02:00.000Z')
    await get('/api/v1/affiliates')
    await vi.waitFor(async () => expect(await lastUsed()).toBe('2026-11-20T12:02:00.000Z'))
  })
})

withProgramme('an unknown address below /api/v1 asks for a key like a known one', async ({ get, app }) => {
  expect((await app.inject({ url: '/api/v1/unknown' })).statusCode).toBe(401)
  expect(await get('/api/v1/unknown')).toMatchObject({ status: 404, body: { code: 'not_found' } })
})
