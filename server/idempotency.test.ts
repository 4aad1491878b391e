import { describe, expect } from 'vitest'
import { forgetAnswersAndWindows } from './jobs/forget-answers.ts'
import { createRequestTransactions } from './request-transaction.ts'
import { onBothDatabases } from './test/databases.ts'
import { type Programme, withProgramme } from './test/programme.ts'

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

describe("a request's transaction", () => {
  onBothDatabases('commits what its parts did, without the parts that failed', async ({ db: outer }) => {
    const { db, begin } = createRequestTransactions(outer)
    const salts = (source = outer) =>
      source
        .selectFrom('daily_salt')
        .select('day')
        .orderBy('day')
        .execute()
        .then((rows) => rows.map(({ day }) => day))
    const add = (day: string, fail = false) =>
      db.transaction().execute(async (tx) => {
        await tx.insertInto('daily_salt').values({ day, salt: 'x' }).execute()
        if (fail) throw new Error('as intended')
      })
    const inside = (transaction: Awaited<ReturnType<typeof begin>>, work: () => Promise<void>) =>
      new Promise<void>((resolve, reject) => transaction.run(() => void work().then(resolve, reject)))

    const first = await begin()
    await inside(first, async () => {
      await Promise.all([add('2026-01-01'), add('2026-01-02', true).catch(() => {}), add('2026-01-03')])
      expect(await salts(db)).toEqual(['2026-01-01', '2026-01-03'])
    })
    await first.commit()
    expect(await salts()).toEqual(['2026-01-01', '2026-01-03'])

    const second = await begin()
    await inside(second, async () => {
      await add('2026-01-04')
      await second.rollback()
      await add('2026-01-05')
    })
    expect(await salts()).toEqual(['2026-01-01', '2026-01-03', '2026-01-05'])
  })
})
