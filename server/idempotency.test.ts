import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Db, Tx } from './db/schema.ts'
import { forgetAnswersAndWindows } from './jobs/forget-answers.ts'
import { onBothDatabases } from './test/databases.ts'
import { brittle } from './test/failing.ts'
import { createProgramme, type Programme, withProgramme } from './test/programme.ts'

const creating =
  ({ app, apiKey }: Pick<Programme, 'app' | 'apiKey'>) =>
  async (key: string | undefined, body: unknown, url = '/api/v1/affiliates') => {
    const response = await app.inject({
      method: 'POST',
      url,
      payload: JSON.stringify(body),
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        ...(key !== undefined && { 'idempotency-key': key }),
      },
    })
    return {
      status: response.statusCode,
      body: response.json(),
      text: response.body,
      type: response.headers['content-type'],
      replayed: response.headers['idempotent-replayed'] === 'true',
    }
  }

const ANN = { email: 'ann@example.com', referral_code: 'ANN' }

withProgramme(
  'the answer to a repeated request is given again, byte for byte, and nothing is done twice',
  async (programme) => {
    const create = creating(programme)
    const first = await create('key-1', ANN)
    expect(first).toMatchObject({ status: 201, replayed: false })
    expect(await create('key-1', ANN)).toEqual({ ...first, replayed: true })
    expect(JSON.stringify(await programme.db.selectFrom('stored_answer').selectAll().execute())).not.toContain('ann@')
    expect((await programme.get('/api/v1/affiliates')).body.pagination.total).toBe(1)
    expect(await create('key-2', ANN)).toMatchObject({
      status: 409,
      body: { code: 'affiliate_exists' },
      replayed: false,
    })
    expect(await create(undefined, ANN)).toMatchObject({ status: 409, replayed: false })
  },
)

withProgramme('a refusal is kept like a success: of the domain, and of the schema', async (programme) => {
  const create = creating(programme)
  await create(undefined, ANN)
  expect(await create('domain', ANN)).toMatchObject({ status: 409, replayed: false })
  for (const table of ['code_claim', 'link'] as const) await programme.db.deleteFrom(table).execute()
  await programme.db.deleteFrom('affiliate').execute()
  expect(await create('domain', ANN)).toMatchObject({ status: 409, body: { code: 'affiliate_exists' }, replayed: true })

  const refused = await create('schema', { email: 'x' })
  expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' }, replayed: false })
  expect(await create('schema', { email: 'x' })).toEqual({ ...refused, replayed: true })
})

withProgramme(
  'another body or another path under the same key is refused; another project has keys of its own',
  async (programme) => {
    const create = creating(programme)
    await create('key', ANN)
    expect(await create('key', { ...ANN, referral_code: 'OTHER' })).toMatchObject({
      status: 409,
      body: { success: false, code: 'idempotency_mismatch', error: expect.stringMatching(/^Idempotency-Key: /) },
    })
    expect(await create('key', ANN, '/api/v1/affiliates?x=1')).toMatchObject({ status: 409 })
    expect(await create('key', { email: 'x' })).toMatchObject({ status: 409, body: { code: 'idempotency_mismatch' } })
    expect(await create('key', ANN)).toMatchObject({ status: 201, replayed: true })
    const other = await programme.addProject('Other')
    expect(await creating({ ...programme, apiKey: other.apiKey })('key', ANN)).toMatchObject({
      status: 201,
      replayed: false,
    })
  },
)

withProgramme('of many requests at once one is executed and all get its answer', async (programme) => {
  const create = creating(programme)
  const answers = await Promise.all(Array.from({ length: 8 }, () => create('key', ANN)))
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  expect((await programme.get('/api/v1/affiliates')).body.pagination.total).toBe(1)
})

withProgramme('a key is 1 to 255 printable characters', async (programme) => {
  const create = creating(programme)
  for (const key of ['', 'x'.repeat(256), 'ü', 'a\tb'])
    expect(await create(key, ANN)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', error: 'Idempotency-Key: expected 1 to 255 printable ASCII characters' },
    })
  expect(await create('x'.repeat(255), ANN)).toMatchObject({ status: 201 })
})

withProgramme('an answer is kept for 24 hours', async (programme) => {
  const create = creating(programme)
  await create('key', ANN)
  programme.clock.set('2026-11-21T11:59:59.999Z')
  await forgetAnswersAndWindows(programme)
  expect(await create('key', ANN)).toMatchObject({ status: 201, replayed: true })
  programme.clock.set('2026-11-21T12:00:00.000Z')
  expect(await create('key', ANN)).toMatchObject({ status: 409, replayed: false })
  programme.clock.set('2026-11-23T12:00:00.000Z')
  await forgetAnswersAndWindows(programme)
  expect(await programme.db.selectFrom('stored_answer').selectAll().execute()).toEqual([])
})

describe('a failure of ours', () => {
  withProgramme('leaves neither the work nor its answer, and the next attempt is executed', async (programme) => {
    const create = creating(programme)
    await programme.db.schema.alterTable('link').renameTo('link_away').execute()
    expect(await create('key', ANN)).toMatchObject({ status: 500, body: { code: 'internal' } })
    await programme.db.schema.alterTable('link_away').renameTo('link').execute()
    expect(await programme.db.selectFrom('affiliate').selectAll().execute()).toEqual([])
    expect(await create('key', ANN)).toMatchObject({ status: 201, replayed: false })
  })

  withProgramme('to keep the answer undoes the work as well', async (programme) => {
    const create = creating(programme)
    await programme.db.schema.alterTable('stored_answer').renameColumn('body', 'body_away').execute()
    const answer = await create('key', ANN)
    await programme.db.schema.alterTable('stored_answer').renameColumn('body_away', 'body').execute()
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } })
    expect(await programme.db.selectFrom('affiliate').selectAll().execute()).toEqual([])
    expect(await create('key', ANN)).toMatchObject({ status: 201, replayed: false })
  })
})

describe('one transaction holds the key, the work and the answer', () => {
  onBothDatabases('whichever of its queries fails, nothing of it is left', async (fresh) => {
    const { db, breaker } = brittle(fresh.db)
    const programme = await createProgramme({ ...fresh, db })
    const create = creating(programme)
    // The key's first use is noted in a transaction of its own, after the answer.
    await programme.get('/api/v1/affiliates')
    await vi.waitFor(async () => {
      const { last_used_at } = await db.selectFrom('api_key').select('last_used_at').executeTakeFirstOrThrow()
      expect(last_used_at).toBe(programme.clock.now())
    })
    const before = await programme.tables()
    let failures = 0
    for (let query = 1, status = 500; status === 500; query++) {
      breaker.arm({ transaction: 1, query })
      ;({ status } = await create('key', ANN))
      breaker.arm(null)
      if (status === 201) break
      expect(await programme.tables()).toEqual(before)
      expect(await db.selectFrom('stored_answer').selectAll().execute()).toEqual([])
      failures += 1
    }
    expect(failures).toBeGreaterThan(4)
    expect(await create('key', ANN)).toMatchObject({ status: 201, replayed: true })
    await programme.app.close()
  })

  onBothDatabases('which is tried again as a whole when the database undid it', async (fresh) => {
    const undo = { left: 2 }
    const programme = await createProgramme({ ...fresh, db: undoing(fresh.db, undo) })
    const create = creating(programme)
    expect(await create('key', ANN)).toMatchObject({ status: 201, replayed: false })
    expect(undo.left).toBe(0)
    expect((await programme.get('/api/v1/affiliates')).body.pagination.total).toBe(1)
    expect(await create('key', ANN)).toMatchObject({ status: 201, replayed: true })
    await programme.app.close()
  })
})

/** The first transactions that keep an answer are undone at their end, as PostgreSQL does for the sake of another one. */
function undoing(db: Db, undo: { left: number }): Db {
  const transaction = () => ({
    execute: <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
      db.transaction().execute(async (tx) => {
        const result = await work(tx)
        const kept = await tx.selectFrom('stored_answer').select('key').execute()
        if (kept.length === 0 || undo.left === 0) return result
        undo.left -= 1
        throw Object.assign(new Error('could not serialize access'), { code: '40001' })
      }),
  })
  return new Proxy(db, {
    get(target, name) {
      if (name === 'transaction') return transaction
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

test('every POST of the API says how its work is done once', () => {
  const folder = join(import.meta.dirname, 'api')
  const posts = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .split(/^(?=.*\.(?:get|post|put|delete)\($)/m)
        .filter((route) => /^.*\.post\($/m.test(route))
        .map((route) => ({ name, route })),
    )
  expect(posts.length).toBeGreaterThan(12)
  const wrong = posts.filter(({ route }) => !/\b(once|keyFirst)\(context/.test(route))
  expect(wrong.map(({ name, route }) => `${name}: ${route.slice(0, 80)}`)).toEqual([])
})
