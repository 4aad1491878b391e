/** Further clicks of one visitor on one code count once, and leave only so many rows. */
import { expect, test } from 'vitest'
import type { NewClick } from '../../core/click/click.ts'
import { BROWSER, type Programme, withProgramme } from '../../test/programme.ts'
import { createRepeatedClicks } from './repeated-clicks.ts'

const at = (seconds: number) => new Date(Date.parse('2026-11-20T12:00:00.000Z') + seconds * 1000).toISOString()

/** A click of the same visitor each time, unless they have another browser. */
const click = async (programme: Programme, id: string, { code = 'ANN', browser = BROWSER } = {}) => {
  const body = { project_id: programme.projectId, referral_code: code, click_id: id }
  const { status, headers } = await programme.post('/api/track/click', body, { 'user-agent': browser })
  return status === 200 ? headers['x-refgrow-click'] : status
}
const follow = async ({ app }: Programme) => {
  const { headers } = await app.inject({ url: '/r/ANN', headers: { 'user-agent': BROWSER } })
  return new URL(headers.location ?? '').searchParams.get('refgrow_click') ?? ''
}
const clicksOf = async (programme: Programme) =>
  (await programme.get('/api/v1/affiliates/ann%40example.com')).body.data.clicks
const rowsOf = async ({ db }: Programme) => (await db.selectFrom('click').select('id').execute()).length
const repeatsOf = async (programme: Programme) =>
  (await programme.get('/api/v1/clicks/not-counted')).body.data.find(
    ({ reason }: { reason: string }) => reason === 'repeat',
  )?.clicks

withProgramme('within a minute one visitor counts once for each code, later again', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.addAffiliate('BEN')
  expect(await click(programme, 'click-0001')).toBe('counted')
  expect(await click(programme, 'click-0002')).toBe('repeat')
  expect(await click(programme, 'click-0003', { code: 'ann' })).toBe('repeat')
  expect(await click(programme, 'click-0004', { code: 'BEN' })).toBe('counted')
  expect(await click(programme, 'click-0005', { browser: `${BROWSER} Edg/156.0.0.0` })).toBe('counted')
  programme.clock.set(at(59))
  expect(await click(programme, 'click-0006')).toBe('repeat')
  programme.clock.set(at(60))
  expect(await click(programme, 'click-0007')).toBe('counted')
  expect([await clicksOf(programme), await repeatsOf(programme)]).toEqual([3, 3])
})

withProgramme(
  'links and the tracker share the minute, and the report of a link is still the same click',
  async (programme) => {
    await programme.addAffiliate('ANN')
    const first = await follow(programme)
    expect(await click(programme, first)).toBe('duplicate')
    const second = await follow(programme)
    expect(await click(programme, second)).toBe('duplicate')
    expect(await click(programme, 'click-0001')).toBe('repeat')
    expect([await clicksOf(programme), await repeatsOf(programme), await rowsOf(programme)]).toEqual([1, 2, 3])
  },
)

withProgramme('of many repeats ten leave a row, and every one is shown as not counted', async (programme) => {
  await programme.addAffiliate('ANN')
  for (let n = 10; n < 40; n++) await click(programme, `click-00${n}`)
  // Reported twice, it is one.
  expect(await click(programme, 'click-0039')).toBe('repeat')
  expect([await clicksOf(programme), await rowsOf(programme)]).toEqual([1, 11])
  expect(await repeatsOf(programme)).toBe(30)
})

withProgramme('the first repeats are on record, for a sale may be attributed to them', async (programme) => {
  await programme.addAffiliate('ANN')
  await click(programme, 'click-0001')
  expect(await click(programme, 'click-0002')).toBe('repeat')
  const rows = await programme.db.selectFrom('click').select(['click_id', 'bot']).orderBy('id').execute()
  expect(rows).toEqual([
    { click_id: 'click-0001', bot: 0 },
    { click_id: 'click-0002', bot: 0 },
  ])
})

withProgramme('the setting says how long; 0 counts every click', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.set({ repeat_click_seconds: 0 })
  expect(await click(programme, 'click-0001')).toBe('counted')
  expect(await click(programme, 'click-0002')).toBe('counted')
  expect([await clicksOf(programme), await repeatsOf(programme)]).toEqual([2, undefined])
})

withProgramme('a click that did not count opens no minute', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.db.updateTable('affiliate').set({ status: 'inactive' }).execute()
  expect(await click(programme, 'click-0001')).toBe(404)
  await programme.db.updateTable('affiliate').set({ status: 'active' }).execute()
  expect(await click(programme, 'click-0002')).toBe('counted')
  programme.clock.set(at(3600))
  // Sent once more an hour later, it is no new click.
  expect(await click(programme, 'click-0002')).toBe('duplicate')
  expect(await click(programme, 'click-0003')).toBe('counted')
})

const visit = (id: string, visitor: string, seconds: number): NewClick => ({
  project_id: 1,
  code: 'ANN',
  click_id: id,
  visitor_hash: visitor,
  landing_url: null,
  referrer: null,
  source: 'script',
  bot: false,
  at: at(seconds),
})

test('only so many visitors are remembered, the latest ones', () => {
  const repeated = createRepeatedClicks(2)
  const isFirst = (visitor: string) => repeated.judge(visit(`click-${Math.random()}`, visitor, 0), 60)
  expect(['a', 'b', 'b', 'c', 'b', 'a'].map(isFirst)).toEqual([true, true, false, true, false, true])
})

test('a clock that was set back ends the window', () => {
  const repeated = createRepeatedClicks()
  expect(repeated.judge(visit('one', 'a', 0), 60)).toBe(true)
  expect(repeated.judge(visit('two', 'a', -3600), 60)).toBe(true)
})
