/** Who referred the visitor: from the landing address into cookies and one click. */
import { readFileSync } from 'node:fs'
import { cookiesOf, expect, run, test } from './harness.ts'

const day = 86_400
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

test('1 a landing sends one click without preflight and sets cookies for 90 days, Lax, on /, insecure on http', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  await expectEvents({
    action: () => land('/?ref=bob&utm=1'),
    expected: [
      {
        what: 'click',
        project_id: '42',
        referral_code: 'bob',
        url: collector.at('shop.test', '/?ref=bob&utm=1'),
        referrer: '',
        cookie: 'ref;path=/;samesite=lax;max-age=7776000;domain=.shop.test',
        click_id: expect.stringMatching(/^[a-z0-9]{9,21}$/),
        version,
      },
    ],
    total: 1,
  })
  expect(collector.reports[0]).toMatchObject({ method: 'POST', type: expect.stringContaining('text/plain') })
  const cookies = await page.context().cookies()
  expect(cookies.map(({ name }) => name).sort()).toEqual(['ref', 'refgrow_click', 'refgrow_ref_code'])
  for (const cookie of cookies) {
    expect(cookie).toMatchObject({ domain: '.shop.test', path: '/', sameSite: 'Lax', secure: false, httpOnly: false })
    expect(Math.abs(cookie.expires - Date.now() / 1000 - 90 * day)).toBeLessThan(60)
  }
  expect(await cookiesOf(page)).toMatchObject({ ref: 'bob', refgrow_ref_code: 'bob' })
})

test('1 on https the cookies are secure; parameter, term and domain follow the attributes', async ({
  page,
  collector,
}) => {
  // The one case that is not served by the collector itself, which speaks http: what arrives is passed on to it.
  await page.route('https://app.shop.test/**', async (route) => {
    const { pathname } = new URL(route.request().url())
    const body = route.request().postData()
    const answer = await fetch(collector.at('app.shop.test', pathname).replace('app.shop.test', '127.0.0.1'), {
      method: route.request().method(),
      body,
    })
    const type = answer.headers.get('content-type')!
    await route.fulfill({ status: answer.status, contentType: type, body: await answer.text() })
  })
  const attributes = 'data-param="via" data-cookie-days="7" data-cookie-domain=".app.shop.test"'
  collector.page('/', `<script src="/latest.js" data-project-id="42" ${attributes}></script>`)
  await page.goto('https://app.shop.test/?via=bob')
  await expect.poll(() => collector.reports).toHaveLength(1)
  expect(collector.reports[0]!.body).toMatchObject({
    cookie: 'via;path=/;samesite=lax;max-age=604800;domain=.app.shop.test;secure',
  })
  expect(await cookiesOf(page)).toMatchObject({ via: 'bob', refgrow_ref_code: 'bob' })
  for (const cookie of await page.context().cookies()) {
    expect(cookie).toMatchObject({ domain: '.app.shop.test', secure: true, sameSite: 'Lax' })
    expect(Math.abs(cookie.expires - Date.now() / 1000 - 7 * day)).toBeLessThan(60)
  }
})

test('2 the next page sends nothing and changes nothing', async ({ page, land, expectEvents }) => {
  await land()
  await expectEvents({ total: 1 })
  const before = await page.context().cookies()
  await expectEvents({ action: () => land('/pricing'), total: 1 })
  expect(await page.context().cookies()).toEqual(before)
})

test('2 a visitor nobody referred causes no request, no cookie, no storage and no observer', async ({
  page,
  land,
  expectEvents,
}) => {
  await page.addInitScript(`{
    const Observer = MutationObserver
    window.observers = 0
    window.MutationObserver = class extends Observer { constructor(call) { super(call); observers++ } }
  }`)
  await expectEvents({ action: () => land('/'), total: 0 })
  await expectEvents({ action: () => land('/?ref=not%20a%20code'), total: 0 })
  await expectEvents({ action: () => land(`/?ref=${'x'.repeat(65)}`), total: 0 })
  expect(await page.context().cookies()).toEqual([])
  expect(await run(page, '[observers, localStorage.length]')).toEqual([0, 0])
})

test('2 reloading a landing page is no second click', async ({ page, land, expectEvents }) => {
  await land()
  await expectEvents({ total: 1 })
  await expectEvents({ action: () => page.reload(), total: 1 })
  await land('/other')
  await expectEvents({ action: () => page.goBack(), total: 1 })
})

test('3 the last click wins by default', async ({ page, land, expectEvents }) => {
  await land()
  await expectEvents({
    action: () => land('/?ref=eve'),
    expected: [{ referral_code: 'bob' }, { referral_code: 'eve' }],
    total: 2,
  })
  expect(await cookiesOf(page)).toMatchObject({ ref: 'eve', refgrow_ref_code: 'eve' })
})

test('3 a first-click project keeps bob and still records the click of eve, also where its choice is not yet known', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.choose({ first: true })
  await land()
  await expectEvents({ total: 1 })
  const before = await cookiesOf(page)
  await expectEvents({ action: () => land('/?ref=eve'), expected: [{}, { referral_code: 'eve' }], total: 2 })
  expect(await cookiesOf(page)).toEqual(before)

  await expectEvents({ action: () => land(collector.at('app.shop.test', '/?ref=zed')), total: 3 })
  await expect.poll(() => cookiesOf(page)).toEqual(before)
})

test('3 a first-click project keeps bob when eve and zed arrive before its choice is known', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  await land()
  await expectEvents({ total: 1 })
  const before = await cookiesOf(page)
  collector.choose({ first: true })
  let answer = () => {}
  const after = new Promise<void>((resolve) => (answer = resolve))
  collector.answerWith(() => ({ after }))
  await expectEvents({ action: () => land('/?ref=eve'), total: 2 })
  await expectEvents({ action: () => run(page, `history.pushState({}, '', '/?ref=zed')`), total: 3 })
  expect(await cookiesOf(page)).toMatchObject({ ref: 'zed' })
  answer()
  await expect.poll(() => cookiesOf(page)).toEqual(before)
})

test('4 hosts of one registrable domain share the code, and no cookie reaches the public suffix', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  await land(collector.at('app.shop.example.co.uk', '/?ref=bob'))
  await expectEvents({ total: 1 })
  await land(collector.at('www.shop.example.co.uk'))
  expect(await run(page, 'document.cookie')).toContain('refgrow_ref_code=bob')
  for (const cookie of await page.context().cookies()) expect(cookie.domain).toBe('.example.co.uk')
})

for (const host of ['me.github.io', 'localhost', '127.0.0.1']) {
  test(`4 ${host} keeps the code to itself`, async ({ page, collector, land, expectEvents }) => {
    await expectEvents({ action: () => land(collector.at(host, '/?ref=bob')), total: 1 })
    await expect.poll(() => run(page, 'document.cookie')).toContain('refgrow_ref_code=bob')
    for (const cookie of await page.context().cookies()) expect(cookie.domain.replace(/^\./, '')).toBe(host)
  })
}

test('4 an older host-only cookie does not hide the new code', async ({ page, collector, land, expectEvents }) => {
  collector.page('/old', `<script>document.cookie = 'refgrow_ref_code=old;path=/;max-age=9999'</script>`)
  await land(collector.at('www.shop.test', '/old'))
  await expectEvents({ action: () => land(collector.at('www.shop.test', '/?ref=bob')), total: 1 })
  expect(await run(page, `document.cookie.match(/refgrow_ref_code=\\w+/g).join()`)).toBe('refgrow_ref_code=bob')
})

test('11 a single-page application gets one click per new code, none for repeats and none for going back', async ({
  page,
  land,
  expectEvents,
}) => {
  await page.addInitScript(`{
    window.told = []
    const push = history.pushState
    history.pushState = function (...change) { told.push('early'); return push.apply(this, change) }
  }`)
  await land('/?ref=bob')
  await run(
    page,
    `{
    const push = history.pushState
    history.pushState = function (...change) { told.push('late'); return push.apply(this, change) }
  }`,
  )
  const go = (line: string) => () => run(page, line)
  await expectEvents({ action: go(`history.pushState({}, '', '/a?ref=eve')`), total: 2 })
  await expectEvents({ action: go(`history.pushState({}, '', '/b?ref=eve')`), total: 2 })
  await expectEvents({ action: go(`history.replaceState({}, '', '/c?ref=zed')`), total: 3 })
  await expectEvents({ action: () => page.goBack(), total: 3 })
  await expectEvents({ action: () => page.goBack(), total: 3 })
  await expectEvents({
    action: () => page.goForward(),
    expected: [{ referral_code: 'bob' }, { referral_code: 'eve' }, { referral_code: 'zed' }],
    total: 3,
  })
  expect(await run(page, 'told')).toEqual(['late', 'early', 'late', 'early'])
  expect(await cookiesOf(page)).toMatchObject({ ref: 'zed' })
})

test('11 init() and reset() on every navigation count nothing twice and forget nobody', async ({
  page,
  land,
  expectEvents,
}) => {
  await land()
  await expectEvents({ action: () => run(page, 'Refgrow.init(); Refgrow.reset(); Refgrow.init()'), total: 1 })
  expect(await cookiesOf(page)).toMatchObject({ ref: 'bob' })
})

test('12 a router that removes the code before the script runs costs no click', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.page('/', `<script>history.replaceState({}, '', '/')</script>${collector.tag()}`)
  await expectEvents({
    action: () => land(),
    expected: [{ referral_code: 'bob', url: collector.at('shop.test', '/?ref=bob') }],
    total: 1,
  })
  expect(await cookiesOf(page)).toMatchObject({ ref: 'bob' })
})

test('14 the script included twice sends one click and warns once', async ({
  collector,
  land,
  spoken,
  expectEvents,
}) => {
  collector.page('/', collector.tag() + collector.tag())
  await expectEvents({ action: () => land(), total: 1 })
  expect(spoken).toEqual([expect.stringContaining('included twice')])
})

const embeddings: Record<string, (tag: string, src: string) => string> = {
  'late by createElement': (_, src) => `<script>addEventListener('load', () => {
      const script = document.createElement('script')
      script.src = '${src}'; script.dataset.projectId = '42'
      document.body.append(script)
    })</script>`,
  async: (tag) => tag.replace('src', 'async src'),
  defer: (tag) => tag.replace('src', 'defer src'),
  'async defer': (tag) => tag.replace('src', 'async defer src'),
  'as a module': (tag) => tag.replace('src', 'type="module" crossorigin src'),
}
for (const [how, embed] of Object.entries(embeddings)) {
  test(`14 the script embedded ${how} sends one click`, async ({ page, collector, land, expectEvents }) => {
    const src = collector.at('shop.test', '/latest.js')
    const tag = `<script src="${src}" data-project-id="42"></script>`
    collector.page('/', embed(tag, src))
    await expectEvents({ action: () => land(), expected: [{ project_id: '42', referral_code: 'bob' }], total: 1 })
    expect(await run(page, 'typeof Refgrow')).toBe('function')
  })
}

test('14 RefgrowNoAutoInit waits for init(), which then sends the click and the calls made before', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.page('/', `<script>RefgrowNoAutoInit = true</script>${collector.tag()}`)
  await land()
  await expectEvents({ action: () => run(page, `Refgrow(0, 'signup', 'a@b.test')`), total: 0 })
  await expectEvents({
    action: () => run(page, 'Refgrow.init()'),
    expected: [{ what: 'click' }, { what: 'event', type: 'signup', referral_code: 'bob' }],
    total: 2,
  })
})

test('14 what page.js put on Refgrow first is still there, and what is added later too', async ({
  page,
  collector,
  land,
}) => {
  collector.page(
    '/',
    `<script>window.Refgrow = Object.assign(() => {}, { identify: () => 'identified' })</script>${collector.tag()}`,
  )
  await land()
  await run(page, `Object.assign(Refgrow, { setLanguage: () => 'set' })`)
  expect(await run(page, '[Refgrow.identify(), Refgrow.setLanguage(), typeof Refgrow.init]')).toEqual([
    'identified',
    'set',
    'function',
  ])
})

for (const [first, order] of [
  ['page.js', ['page.js', 'latest.js']],
  ['latest.js', ['latest.js', 'page.js']],
] as const) {
  test(`14 init() reaches tracker and widget, also where ${first} loaded first`, async ({
    page,
    collector,
    land,
    expectEvents,
  }) => {
    const tags = order.map((name) => collector.tag().replace('latest.js', name))
    collector.page(
      '/',
      `<script>RefgrowNoAutoInit = true</script>${tags.join('')}<div id="refgrow" data-project-id="42"></div>`,
    )
    await expectEvents({ action: () => land(), total: 0 })
    const mounted = () => run(page, `document.querySelector('div#refgrow').childElementCount`)
    expect(await mounted()).toBe(0)
    await expectEvents({ action: () => run(page, 'Refgrow.init()'), expected: [{ referral_code: 'bob' }], total: 1 })
    expect(await mounted()).toBe(1)
  })
}

const bots = {
  webdriver: { init: `Object.defineProperty(navigator, 'webdriver', { get: () => true })` },
  HeadlessChrome: {
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/156.0.0.0 Safari/537.36',
  },
  Googlebot: { userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
}
for (const [name, { userAgent, init }] of Object.entries<{ userAgent?: string; init?: string }>(bots)) {
  test(`17 ${name} sends no click, but an existing cookie still decorates links`, async ({ browser, collector }) => {
    const context = await browser.newContext(userAgent ? { userAgent } : {})
    const page = await context.newPage()
    if (init) await page.addInitScript(init)
    await context.addCookies([{ name: 'refgrow_ref_code', value: 'bob', domain: '.shop.test', path: '/' }])
    collector.page('*', `${collector.tag()}<a href="https://buy.stripe.com/x">Buy</a>`)
    await page.goto(collector.at('shop.test', '/?ref=eve'))
    await page.goto(collector.at('shop.test', '/next'))
    await run(page, 'Refgrow.processStripePaymentLinks()')
    expect(await run(page, `document.querySelector('a').href`)).toMatch(/client_reference_id=(bob|eve)$/)
    await run(page, `fetch('/sentinel')`)
    expect(collector.reports).toEqual([])
    await context.close()
  })
}
