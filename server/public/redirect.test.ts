import { expect } from 'vitest'
import { BROWSER, withProgramme } from '../test/programme.ts'

withProgramme(
  "a link leads to the site with its code, counts one click, and the tracker's report of it is the same click",
  async (programme) => {
    await programme.addAffiliate('ANN')
    const visit = await programme.app.inject({ url: '/r/ann?utm_source=news', headers: { 'user-agent': BROWSER } })
    expect(visit.statusCode).toBe(302)
    const landing = new URL(visit.headers.location ?? '')
    expect(landing.origin).toBe('https://shop.test')
    expect(Object.fromEntries(landing.searchParams)).toEqual({
      utm_source: 'news',
      ref: 'ANN',
      refgrow_click: expect.any(String),
    })
    // The click is recorded behind the answer; the tracker's own report waits for the same commits.
    const report = await programme.click('ANN', landing.searchParams.get('refgrow_click') ?? '')
    expect(report.body.data.counted).toBe(false)
    expect((await programme.get('/api/v1/affiliates/ann%40example.com')).body.data.clicks).toBe(1)
  },
)

withProgramme('HEAD, prefetch and prerender are led on, but not counted', async (programme) => {
  await programme.addAffiliate('ANN')
  const visits = [
    { method: 'HEAD' as const, headers: {} },
    { method: 'GET' as const, headers: { 'sec-purpose': 'prefetch' } },
    { method: 'GET' as const, headers: { 'sec-purpose': 'prefetch;prerender' } },
    { method: 'GET' as const, headers: { purpose: 'prefetch' } },
  ]
  for (const { method, headers } of visits) {
    const visit = await programme.app.inject({ method, url: '/r/ANN', headers: { 'user-agent': BROWSER, ...headers } })
    expect([visit.statusCode, visit.headers.location?.slice(0, 26)]).toEqual([302, 'https://shop.test/?ref=ANN'])
  }
  await programme.click('ANN', 'sentinel-1')
  expect((await programme.get('/api/v1/affiliates/ann%40example.com')).body.data.clicks).toBe(1)
})

withProgramme('a code nobody has leads to the home page; one outside the alphabet is refused', async (programme) => {
  const visit = await programme.app.inject({ url: '/r/NOBODY' })
  expect([visit.statusCode, visit.headers.location]).toEqual([302, 'https://shop.test/'])
  expect((await programme.app.inject({ url: '/r/%3Cscript%3E' })).json()).toMatchObject({
    success: false,
    code: 'invalid_request',
    error: expect.stringContaining('1 to 64 letters'),
  })
})

withProgramme('with several projects the address names one, or the code must be unique', async (programme) => {
  await programme.addAffiliate('ANN')
  const { projectId } = await programme.addProject('Other')
  expect((await programme.app.inject({ url: '/r/ANN' })).statusCode).toBe(302)
  expect((await programme.app.inject({ url: `/r/${projectId}/ANN` })).headers.location).toBe('https://shop.test/')
  expect((await programme.app.inject({ url: '/r/NOBODY' })).json()).toMatchObject({ code: 'unknown_code' })
})
