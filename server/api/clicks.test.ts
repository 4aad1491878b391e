import { expect } from 'vitest'
import { BROWSER, type Programme, withProgramme } from '../test/programme.ts'

const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const listed = async (programme: Programme, query = '') =>
  (await programme.get(`/api/v1/clicks/not-counted${query}`)).body

withProgramme('clicks that were not counted are listed by day, affiliate and reason', async (programme) => {
  await programme.addAffiliate('ANN')
  await programme.addAffiliate('BEN')
  const frame = (code: string) =>
    programme.app.inject({ url: `/r/${code}`, headers: { 'user-agent': BROWSER, 'sec-fetch-dest': 'iframe' } })
  await frame('ANN')
  await frame('ANN')
  await programme.click('BEN', 'click-0001', { 'user-agent': BOT })
  programme.clock.set('2026-11-21T12:00:00.000Z')
  await frame('BEN')
  // The numbers of links are written with the next click.
  expect((await programme.click('ANN', 'click-0002')).body.data.counted).toBe(true)

  const day = (date: string) => `2026-11-${date}`
  const ben = { affiliate_id: 2, affiliate_code: 'BEN' }
  const all = [
    { day: day('21'), ...ben, reason: 'frame', clicks: 1 },
    { day: day('20'), affiliate_id: 1, affiliate_code: 'ANN', reason: 'frame', clicks: 2 },
    { day: day('20'), ...ben, reason: 'bot', clicks: 1 },
  ]
  expect(await listed(programme)).toEqual({
    success: true,
    data: all,
    pagination: { limit: 100, offset: 0, total: 3, has_more: false },
  })
  expect((await listed(programme, '?limit=1&offset=1')).data).toEqual([all[1]])
  expect((await listed(programme, '?affiliate_id=2')).data).toEqual([all[0], all[2]])
  expect((await listed(programme, '?from=2026-11-21')).data).toEqual([all[0]])
  expect((await listed(programme, '?to=2026-11-20')).data).toEqual(all.slice(1))
  expect((await listed(programme, '?from=2026-10-01&to=2026-10-31')).data).toEqual([])
  expect(await listed(programme, '?from=yesterday')).toMatchObject({
    code: 'invalid_request',
    error: expect.stringMatching(/^from: .*expected a day such as 2026-11-20/),
  })
  const { apiKey } = await programme.addProject('Other')
  expect((await programme.get('/api/v1/clicks/not-counted', apiKey)).body.data).toEqual([])
})
