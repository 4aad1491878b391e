import { expect, onTestFinished, vi } from 'vitest'
import { createAffiliate } from '../../core/affiliate/affiliate.ts'
import { changeWebsite, getProject } from '../../core/project/project.ts'
import { chooseSlug } from '../../core/affiliate/slug.ts'
import { retried } from '../../db/retried.ts'
import { BROWSER, type Programme, withProgramme } from '../../test/programme.ts'

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

withProgramme('a link that names its project leads there, whoever else has the code', async (programme) => {
  await programme.addAffiliate('ANN')
  const other = await anotherProject(programme, 'https://other.test')
  await other.addAffiliate('ANN')
  expect(await leadsTo(programme, `/r/${programme.projectId}/ANN`)).toBe('https://shop.test/?ref=ANN')
  expect(await leadsTo(programme, `/r/0${other.projectId}/ann`)).toBe('https://other.test/?ref=ANN')
  expect(await leadsTo(programme, `/r/${other.projectId}/BEN`)).toBe('https://other.test/')
  expect((await programme.app.inject({ url: '/r/999/ANN' })).json()).toMatchObject({
    code: 'unknown_code',
    error: 'No referral code ANN in project 999',
  })
  expect((await programme.app.inject({ url: '/r/NOBODY' })).json()).toMatchObject({
    code: 'unknown_code',
    error: 'No project has the referral code NOBODY; a link that names its project is /r/PROJECT/CODE',
  })
})

withProgramme('of equal codes the short link follows the one that was made first, for good', async (programme) => {
  const other = await anotherProject(programme, 'https://other.test')
  await other.addAffiliate('ANN')
  expect(await leadsTo(programme, '/r/ANN')).toBe('https://other.test/?ref=ANN')
  programme.clock.set('2026-11-21T12:00:00.000Z')
  await programme.addAffiliate('ANN')
  expect(await leadsTo(programme, '/r/ANN')).toBe('https://other.test/?ref=ANN')
  forgetLinks()
  expect(await leadsTo(programme, '/r/ANN')).toBe('https://other.test/?ref=ANN')
})

withProgramme('a code that is chosen later is no older than its choice', async (programme) => {
  await programme.set({ custom_slugs: true })
  const ann = await programme.addAffiliate('ANN')
  const choose = (slug: string) =>
    retried(programme.db, async (tx) =>
      chooseSlug(tx, await getProject(tx, programme.projectId), { id: ann }, slug, programme.clock.now()),
    )
  await choose('first')
  programme.clock.set('2026-11-21T12:00:00.000Z')
  const other = await anotherProject(programme, 'https://other.test')
  await other.addAffiliate('SPRING')
  programme.clock.set('2026-11-22T12:00:00.000Z')
  // Nobody ever followed it, so it is renamed.
  await choose('spring')
  expect(await leadsTo(programme, '/r/spring')).toBe('https://other.test/?ref=SPRING')
  expect(await leadsTo(programme, `/r/${programme.projectId}/spring`)).toBe('https://shop.test/?ref=spring')
})

withProgramme(
  'an inactive affiliate keeps the short link, uncounted; a deleted one leaves it to the next',
  async (programme) => {
    await programme.addAffiliate('ANN')
    const other = await anotherProject(programme, 'https://other.test')
    await other.addAffiliate('ANN')
    await programme.call('PUT', '/affiliates/ann%40example.com', { status: 'inactive' })
    expect(await leadsTo(programme, '/r/ANN')).toBe('https://shop.test/?ref=ANN')
    expect((await programme.call('DELETE', '/affiliates/ann%40example.com')).status).toBe(204)
    forgetLinks()
    // Until the database has answered the older answer holds.
    await expect.poll(() => leadsTo(programme, '/r/ANN')).toBe('https://other.test/?ref=ANN')
    expect((await programme.click('NOBODY', 'sentinel-1')).status).toBe(404)
    await expect
      .poll(() =>
        programme.db.selectFrom('rollup').select(['project_id', 'clicks']).where('period', '=', 'all').execute(),
      )
      .toEqual([{ project_id: other.projectId, clicks: 1 }])
  },
)

withProgramme("under a project's own host the short link is that project's", async (programme) => {
  await programme.addAffiliate('ANN')
  const other = await anotherProject(programme, 'https://www.other.test/start')
  await other.addAffiliate('ANN')
  const under = (host: string) => leadsTo(programme, '/r/ANN', { host })
  expect(await under('go.other.test')).toBe('https://www.other.test/start?ref=ANN')
  expect(await under('other.test:8080')).toBe('https://www.other.test/start?ref=ANN')
  expect(await under('shop.test')).toBe('https://shop.test/?ref=ANN')
  expect(await under('another.test')).toBe('https://shop.test/?ref=ANN')
})

const REQUESTS: [string, Record<string, string>, string][] = [
  ['a link that was opened', { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' }, 'counted'],
  ['an old browser, which says nothing', {}, 'counted'],
  ['a hidden frame', { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }, 'frame'],
  ['an old frame', { 'sec-fetch-dest': 'frame' }, 'frame'],
  ['an object', { 'sec-fetch-dest': 'object' }, 'frame'],
  ['an embedded document', { 'sec-fetch-dest': 'embed' }, 'frame'],
  ['a fenced frame', { 'sec-fetch-dest': 'fencedframe' }, 'frame'],
  ['an image of one pixel', { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }, 'image'],
  ['a script', { 'sec-fetch-dest': 'script' }, 'fetch'],
  ['a style', { 'sec-fetch-dest': 'style' }, 'fetch'],
  ['fetch()', { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }, 'fetch'],
  ['something browsers may invent', { 'sec-fetch-dest': 'hologram' }, 'fetch'],
  ['a page loaded ahead', { 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch' }, 'prefetch'],
]

withProgramme(
  'only what a person opened is a click; a page in a frame learns neither code nor click',
  async (programme) => {
    await programme.set({ repeat_click_seconds: 0 })
    await programme.addAffiliate('ANN')
    const results: [string, string, string][] = []
    for (const [title, headers] of REQUESTS) {
      const visit = await programme.app.inject({
        url: '/r/ANN?utm_source=x&ref=ANN&refgrow_click=stuffed-0001',
        headers: { 'user-agent': BROWSER, ...headers },
      })
      const query = new URL(visit.headers.location ?? '').searchParams
      const told = `${query.getAll('ref').join() || 'no code'}, ${query.get('refgrow_click') ? 'a click' : 'no click'}`
      expect([visit.statusCode, query.get('utm_source')]).toEqual([302, 'x'])
      results.push([title, String(visit.headers['x-refgrow-click'] ?? 'counted'), told])
    }
    expect(results).toEqual(
      REQUESTS.map(([title, , outcome]) => [
        title,
        outcome,
        outcome === 'counted' || outcome === 'prefetch' ? 'ANN, a click' : 'no code, no click',
      ]),
    )
    await programme.click('ANN', 'sentinel-1')
    expect((await programme.get('/api/v1/affiliates/ann%40example.com')).body.data.clicks).toBe(3)
    expect((await programme.db.selectFrom('click').select('id').execute()).length).toBe(3)
    const { data } = (await programme.get('/api/v1/clicks/not-counted')).body
    expect(Object.fromEntries(data.map(({ reason, clicks }: Row) => [reason, clicks]))).toEqual({
      fetch: 4,
      frame: 5,
      image: 1,
      prefetch: 1,
    })
  },
)

withProgramme(
  'beyond the limits of an address and of a link visitors are led on, but not counted',
  async (programme) => {
    await programme.set({ repeat_click_seconds: 0 })
    await programme.addAffiliate('ANN')
    await programme.addAffiliate('BEN')
    const follow = async (code: string, remoteAddress: string) => {
      const { statusCode, headers } = await programme.app.inject({
        url: `/r/${code}`,
        headers: { 'user-agent': BROWSER },
        remoteAddress,
      })
      expect([statusCode, new URL(headers.location ?? '').searchParams.get('ref')]).toEqual([302, code])
      return headers['x-refgrow-click'] ?? 'counted'
    }
    const times = async (count: number, code: string, address: string) => {
      const outcomes: unknown[] = []
      for (let n = 0; n < count; n++) outcomes.push(await follow(code, address))
      return outcomes
    }
    expect(await times(6, 'ANN', '203.0.113.1')).toEqual([...Array(4).fill('counted'), 'limit', 'limit'])
    // What one address is refused takes nothing from the link.
    expect(await times(3, 'ANN', '203.0.113.2')).toEqual(['counted', 'counted', 'limit'])
    expect(await times(1, 'BEN', '203.0.113.2')).toEqual(['counted'])
    programme.clock.set('2026-11-20T12:01:00.000Z')
    expect(await times(1, 'ANN', '203.0.113.1')).toEqual(['counted'])
    await expect
      .poll(async () => (await programme.get('/api/v1/clicks/not-counted')).body.data, { timeout: 20_000 })
      .toMatchObject([{ affiliate_code: 'ANN', reason: 'limit', clicks: 3 }])
    expect((await programme.get('/api/v1/affiliates/ann%40example.com')).body.data.clicks).toBe(7)
  },
  undefined,
  { RATE_LIMIT_PUBLIC_PER_MINUTE: '4', RATE_LIMIT_LINK_PER_MINUTE: '6' },
)

interface Row {
  reason: string
  clicks: number
}

const leadsTo = async ({ app }: Programme, url: string, headers: Record<string, string> = {}) => {
  const visit = await app.inject({ url, headers: { 'user-agent': BROWSER, ...headers } })
  return visit.headers.location?.replace(/&refgrow_click=.*/, '')
}

async function anotherProject(programme: Programme, website: string) {
  const { projectId } = await programme.addProject('Other')
  await retried(programme.db, (tx) => changeWebsite(tx, projectId, website))
  const addAffiliate = (code: string) =>
    retried(programme.db, (tx) =>
      createAffiliate(
        tx,
        projectId,
        { email: `${code.toLowerCase()}@example.com`, referral_code: code },
        programme.clock.now(),
      ),
    )
  return { projectId, addAffiliate }
}

/** What is known of links is old by now. */
function forgetLinks(): void {
  const earlier = performance.now.bind(performance)
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => earlier() + 61_000)
  onTestFinished(() => clock.mockRestore())
}
