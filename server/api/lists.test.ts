/** Lists of any length: how many there are is counted up to a bound, whether there is more is exact, and readers reach the end. */
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, vi } from 'vitest'
import { COUNTED } from '../core/kit/listed.ts'
import { type Programme, withProgramme } from '../test/programme.ts'
import type { OpenApi } from './openapi-document.ts'

const ROWS = COUNTED + 20

async function fill({ db, projectId, clock }: Programme, rows: number): Promise<void> {
  const at = clock.now()
  for (let from = 0; from < rows; from += 500)
    await db
      .insertInto('referral')
      .values(
        Array.from({ length: Math.min(500, rows - from) }, (_, n) => ({
          project_id: projectId,
          affiliate_id: null,
          email: `p${from + n}@example.com`,
          email_key: `p${from + n}@example.com`,
          status: (from + n) % 2 === 0 ? ('pending' as const) : ('direct' as const),
          conversion_date: null,
          created_at: at,
          updated_at: at,
        })),
      )
      .execute()
}

withProgramme(
  'past the bound the total is a lower bound that never ends a reader too early',
  async (programme) => {
    await fill(programme, ROWS)
    const list = async (query: string) => (await programme.get(`/api/v1/referrals?${query}`)).body.pagination
    expect(await list('limit=5')).toEqual({
      limit: 5,
      offset: 0,
      total: COUNTED,
      total_is_exact: false,
      has_more: true,
    })
    expect(await list(`limit=5&offset=${COUNTED - 5}`)).toMatchObject({
      total: COUNTED + 1,
      total_is_exact: false,
      has_more: true,
    })
    expect(await list(`limit=5&offset=${COUNTED}`)).toMatchObject({ total: COUNTED + 6, has_more: true })
    // The end of the list is seen, so nothing is counted.
    expect(await list(`limit=500&offset=${COUNTED}`)).toEqual({
      limit: 500,
      offset: COUNTED,
      total: ROWS,
      has_more: false,
    })
    expect(await list(`limit=5&offset=${ROWS - 5}`)).toEqual({
      limit: 5,
      offset: ROWS - 5,
      total: ROWS,
      has_more: false,
    })
    expect(await list(`limit=5&offset=${ROWS + 100}`)).toMatchObject({
      total: COUNTED,
      total_is_exact: false,
      has_more: false,
    })
    // A filter leaves fewer: counted to the end.
    expect(await list('limit=5&status=direct')).toEqual({ limit: 5, offset: 0, total: ROWS / 2, has_more: true })

    // A reader who goes on while offset < total, as many do.
    const seen = new Set<number>()
    for (let offset = 0, total = 1; offset < total; offset += 500) {
      const { data, pagination } = (await programme.get(`/api/v1/referrals?limit=500&offset=${offset}`)).body
      for (const { id } of data) seen.add(id)
      total = pagination.total
    }
    expect(seen.size).toBe(ROWS)
  },
  120_000,
)

withProgramme('exactly as many as are counted are exact', async (programme) => {
  await fill(programme, COUNTED)
  const { pagination } = (await programme.get('/api/v1/referrals?limit=5')).body
  expect(pagination).toEqual({ limit: 5, offset: 0, total: COUNTED, has_more: true })
})

withProgramme('no list of the API counts without a bound', async (programme) => {
  if (programme.engine !== 'sqlite') return
  const { paths } = (await programme.app.inject({ url: '/openapi.json' })).json<OpenApi>()
  for (const code of ['ANN', 'BEN', 'CAT']) await programme.addAffiliate(code)
  for (const n of [1, 2, 3]) {
    await programme.call('POST', '/conversions', { affiliate_id: 1, base_value: n, email: `b${n}@example.com` })
    await programme.call('POST', '/coupons', { affiliate_id: 1, coupon_code: `CODE${n}` })
    await programme.call('POST', '/payouts', { affiliate_id: 1, amount: '0.10' })
    await programme.call('POST', '/campaigns', { name: `c${n}`, terms: { kind: 'percent', rate: 10 } })
    await programme.call('POST', '/webhooks', { url: 'https://hooks.example.com/a', events: ['referral_converted'] })
    await programme.call('POST', '/materials', { kind: 'text', title: 't', text: 't' })
  }
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare')
  onTestFinished(() => prepare.mockRestore())
  const read: string[] = []
  for (const path of Object.keys(paths)) {
    const get = paths[path]?.['get']
    if (!get?.parameters.some(({ name }) => name === 'limit')) continue
    const answer = await programme.get(`${path.replace(/\{\w+\}/, '1')}?limit=1`)
    expect([path, answer.status]).toEqual([path, 200])
    if (answer.body.pagination.has_more) read.push(path.replace('/api/v1', ''))
  }
  // What is left out had nothing to list here, or only one row.
  expect(read).toEqual(
    expect.arrayContaining([
      '/affiliates',
      '/referrals',
      '/conversions',
      '/coupons',
      '/campaigns',
      '/payouts',
      '/webhooks',
      '/materials',
    ]),
  )
  const counts = prepare.mock.calls.map(([text]) => text).filter((text) => /\bcount\(/.test(text))
  expect(counts.length).toBeGreaterThan(4)
  for (const text of counts) expect(text).toMatch(/from \(select .* limit 10001\) as "row"$/)
})
