/** The feed counts without gaps: a reader who has number n has seen every number before it. */
import { describe, expect } from 'vitest'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'

describe('promise 10: history has no holes', () => {
  withProgramme('20 sales at once, some of them twice, are events 1, 2, 3 ... without a gap', async (programme) => {
    for (const code of ['ANN', 'BEN']) await programme.addAffiliate(code)
    const joined = await numbers(programme)
    const sell = (n: number) =>
      n % 4 === 0
        ? programme.deliver(checkout({ id: `${n}`, amount: 5000, code: 'BEN', email: `${n}@example.com` }))
        : programme.call('POST', '/conversions', {
            reference: `order-${n}`,
            base_value: 50,
            email: `${n}@example.com`,
            referral_code: n % 2 ? 'ANN' : 'BEN',
          })
    const answers = await Promise.all([...Array(20).keys(), 1, 2, 3, 5].map(sell))
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(4)
    expect(answers.filter(({ status }) => status === 200 || status === 201)).toHaveLength(20)

    // A sale by the API is told twice, one by the provider once.
    const all = await numbers(programme)
    expect(all).toEqual(Array.from({ length: joined.length + 15 * 2 + 5 }, (_, index) => index + 1))
    const { event_seq } = await programme.db.selectFrom('project').select('event_seq').executeTakeFirstOrThrow()
    expect(event_seq).toBe(all.length)
  })

  withProgramme('another project counts for itself', async (programme) => {
    const other = await programme.addProject('Other')
    const join = (n: number, key?: string) =>
      programme.call('POST', '/affiliates', { email: `${n}@example.com`, referral_code: `CODE${n}` }, key)
    const answers = await Promise.all(
      [...Array(20).keys()].map((n) => join(n, n % 2 ? programme.apiKey : other.apiKey)),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201))
    for (const projectId of [programme.projectId, other.projectId])
      expect(await numbers(programme, projectId)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})

const numbers = async ({ db, projectId: own }: Programme, projectId = own): Promise<number[]> =>
  (await db.selectFrom('event').select('seq').where('project_id', '=', projectId).orderBy('seq').execute()).map(
    ({ seq }) => seq,
  )
