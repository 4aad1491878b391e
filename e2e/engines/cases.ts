/** The story of a referred visitor, and the widget's first paint: each case once, for every engine. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { GOOD_HASH, startDouble } from '../widget/double.ts'
import type { Stage } from './stage.ts'
import { until } from './until.ts'

const day = 86_400
const names = ['ref', 'refgrow_click', 'refgrow_ref_code']

/** A payment link on the shop's own checkout domain: buy.stripe.com is asked by https only, which the collector is not. */
const payment = 'class="refgrow-stripe-payment-link"'
const signup = `Refgrow(0, 'signup', 'a@b.test')`

export const cases: Record<string, (stage: Stage) => Promise<void>> = {
  async 'a landing sends one click without preflight and sets the cookies for the registrable domain'(stage) {
    const { at, collector, cookies, expectEvents, host, land } = stage
    await expectEvents({
      action: () => land('/?ref=bob&utm=1'),
      expected: [
        {
          what: 'click',
          project_id: '42',
          referral_code: 'bob',
          url: at('/?ref=bob&utm=1'),
          referrer: '',
          cookie: `ref;path=/;samesite=lax;max-age=7776000;domain=.${host}`,
        },
      ],
      total: 1,
    })
    assert.equal(collector.reports[0]!.method, 'POST')
    assert.match(collector.reports[0]!.type!, /^text\/plain/)
    const held = await cookies()
    assert.deepEqual(Object.keys(held).sort(), names)
    assert.equal(held['ref']!.value, 'bob')
    assert.equal(held['refgrow_ref_code']!.value, 'bob')
    for (const { domain, path, sameSite, secure, expires } of Object.values(held)) {
      assert.deepEqual(
        { domain, path, sameSite, secure },
        { domain: `.${host}`, path: '/', sameSite: 'Lax', secure: false },
      )
      assert.ok(Math.abs(expires - Date.now() / 1000 - 90 * day) < 60, `90 days, got until ${expires}`)
    }
  },

  async 'the next page sends nothing and changes nothing'({ cookies, expectEvents, land }) {
    await expectEvents({ action: () => land(), total: 1 })
    const before = await cookies()
    await expectEvents({ action: () => land('/pricing'), total: 1 })
    assert.deepEqual(await cookies(), before)
  },

  async 'a visitor nobody referred causes no request, no cookie and no storage'({
    cookies,
    driver,
    expectEvents,
    land,
  }) {
    await expectEvents({ action: () => land('/'), total: 0 })
    await expectEvents({ action: () => land('/?ref=not%20a%20code'), total: 0 })
    assert.deepEqual(await cookies(), {})
    assert.equal(await driver.evaluate('localStorage.length'), 0)
  },

  'localhost keeps the code to itself': (stage) => keepsToItself(stage, 'localhost'),

  // WebKitGTK's network library takes the tail of an IP address for a domain, against RFC 6265, 5.1.3. Safari has another.
  '127.0.0.1 keeps the code': (stage) =>
    keepsToItself(stage, '127.0.0.1', stage.driver.name.startsWith('WebKitGTK') ? ['127.0.0.1', '0.1'] : undefined),

  'a host on a public suffix keeps the code to itself': (stage) => keepsToItself(stage, 'me.github.io'),

  async 'hosts of one registrable domain share the code, and no cookie reaches the public suffix'(stage) {
    const { collector, cookies, driver, expectEvents } = stage
    await expectEvents({ action: () => driver.open(collector.at('app.shop.co.uk', '/?ref=bob')), total: 1 })
    await expectEvents({ action: () => driver.open(collector.at('www.shop.co.uk')), total: 1 })
    const held = await cookies()
    assert.deepEqual(Object.keys(held).sort(), names)
    for (const { domain } of Object.values(held)) assert.equal(domain, '.shop.co.uk')
  },

  async 'a link to a listed domain carries the code, and the other domain remembers it'(stage) {
    const { arrivesAt, collector, cookies, driver, expectEvents, land, page } = stage
    collector.choose({ domains: ['other.test'] })
    page('/', `${collector.tag()}<a href="${collector.at('www.other.test', '/in?a=1#top')}">Other</a>`)
    await land()
    await until('settings are kept', async () => (await driver.evaluate('localStorage.length')) === 1)
    await driver.click('a')
    await arrivesAt('www.other.test/in?a=1&ref=bob')
    const cookie = 'ref;path=/;samesite=lax;max-age=7776000;domain=.other.test'
    await expectEvents({ expected: [{}, { referral_code: 'bob', cookie }], total: 2 })
    assert.equal((await cookies())['ref']!.domain, '.other.test')
  },

  async 'reloading a landing page and going back to it are no second click'(stage) {
    const { collector, driver, expectEvents, land, page } = stage
    // Firefox's driver waits in vain for a page that comes out of a cache.
    page('/', collector.tag(), { 'cache-control': 'no-store' })
    await expectEvents({ action: () => land(), total: 1 })
    await expectEvents({ action: () => driver.reload(), total: 1 })
    await expectEvents({ action: () => land('/other'), total: 1 })
    await expectEvents({ action: () => driver.back(), total: 1 })
    assert.equal(await driver.evaluate('location.search'), '?ref=bob')
  },

  async 'a signup made right before the page is left arrives'({
    arrivesAt,
    collector,
    driver,
    expectEvents,
    land,
    page,
  }) {
    const target = collector.at('else.test')
    page('/', `${collector.tag()}<button onclick="${signup}; location.href = '${target}'">Sign up</button>`)
    await expectEvents({ action: () => land(), total: 1 })
    await driver.click('button')
    await arrivesAt('else.test/')
    await expectEvents({ expected: [{}, { what: 'event', type: 'signup', referral_code: 'bob' }], total: 2 })
  },

  async 'a signup made right before the tab is closed arrives'({ driver, expectEvents, land }) {
    await expectEvents({ action: () => land(), total: 1 })
    await driver.evaluate(`void ${signup}`)
    await driver.closePage()
    await expectEvents({ expected: [{}, { what: 'event', type: 'signup', referral_code: 'bob' }], total: 2 })
  },

  async 'a conversion made while the API is down is kept and sent on the next page'(stage) {
    const { collector, driver, expectEvents, inlined, land, page } = stage
    page('*', inlined())
    await expectEvents({ action: () => land(), total: 1 })
    collector.goDown(true)
    assert.equal(await driver.evaluate(`Refgrow(5, 'purchase', 'a@b.test').then(() => 'resolved')`), 'resolved')
    await driver.open('about:blank')
    collector.goDown(false)
    await expectEvents({ action: () => land('/next'), expected: [{}, { type: 'purchase', value: 5 }], total: 2 })
    await expectEvents({ action: () => land('/last'), total: 2 })
  },

  async 'a payment link that the page keeps setting back carries the code after a click of the mouse'(stage) {
    await carriesTheCode(stage, () => stage.driver.click('a'))
  },

  async 'a payment link that the page keeps setting back carries the code after the Enter key'(stage) {
    await carriesTheCode(stage, () => stage.driver.pressEnter('a'))
  },

  async 'a single-page application gets one click per new code, none for repeats and none for going back'(stage) {
    const { cookies, driver, expectEvents, land } = stage
    const go = (line: string) => () => driver.evaluate(`void ${line}`)
    await expectEvents({ action: () => land(), total: 1 })
    await expectEvents({ action: go(`history.pushState({}, '', '/a?ref=eve')`), total: 2 })
    await expectEvents({ action: go(`history.pushState({}, '', '/b?ref=eve')`), total: 2 })
    await driver.evaluate('history.go(-2)')
    await until('the first address', async () => (await driver.evaluate('location.search')) === '?ref=bob')
    await expectEvents({ expected: [{ referral_code: 'bob' }, { referral_code: 'eve' }], total: 2 })
    assert.equal((await cookies())['ref']!.value, 'eve')
  },

  async 'calls made through the stub before the script loads are sent once, in order, after the click'(stage) {
    const { collector, driver, expectEvents, land, page } = stage
    const stub = readFileSync('tracker/stub.js', 'utf8')
    const calls = `${signup}; Refgrow(49.99, 'purchase', 'a@b.test', { reference: 'A7', coupon_code: 'JANE20' })`
    // Requests under way at once may overtake each other: the order is that in which the page sent them.
    const order = `const sent = [], ask = fetch
      window.fetch = (url, options) => (options.body && sent.push(JSON.parse(options.body).type ?? 'click'), ask(url, options))`
    page('/', `<script>${order}\n${stub}\n${calls}</script>${collector.tag('async')}`)
    await expectEvents({ action: () => land(), total: 3 })
    assert.deepEqual(await driver.evaluate('sent'), ['click', 'signup', 'purchase'])

    const bodyOf = (type?: string) => collector.reports.find(({ body }) => body['type'] === type)?.body
    const { click_id } = bodyOf()!
    assert.partialDeepStrictEqual(bodyOf('signup'), { email: 'a@b.test', referral_code: 'bob', click_id })
    const purchase = { value: 49.99, reference: 'A7', coupon_code: 'JANE20', referral_code: 'bob', click_id }
    assert.partialDeepStrictEqual(bodyOf('purchase'), purchase)
  },

  async 'in a sandboxed frame, where cookies and storage throw, links carry the code and the visit is reported as framed'(
    stage,
  ) {
    const { arrivesAt, collector, driver, expectEvents, inlined, land, page } = stage
    const link = `<a ${payment} href="${collector.at('pay.test', '/x')}">Buy</a>`
    page('/frame', `${inlined()}${link}<script>onmessage = () => document.links[0].click()</script>`)
    page('/', `<iframe sandbox="allow-scripts" src="/frame?ref=bob"></iframe>`)
    await expectEvents({ action: () => land('/'), expected: [{ referral_code: 'bob', framed: true }], total: 1 })
    await driver.evaluate(`frames[0].postMessage('buy', '*')`)
    await arrivesAt('pay.test/x?client_reference_id=bob')
    await expectEvents({ total: 1 })
  },

  async 'a frame in a page of another site leaves no cookie, and its click is reported as framed'(stage) {
    const { at, collector, cookies, driver, expectEvents, land, page } = stage
    page('/prizes', `<iframe src="${at('/?ref=eve')}"></iframe>`)
    await expectEvents({
      action: () => driver.open(collector.at('evil.test', '/prizes')),
      expected: [{ referral_code: 'eve', framed: true }],
      total: 1,
    })
    await land('/pricing')
    assert.deepEqual(await cookies(), {})
    await expectEvents({ total: 1 })
  },

  async 'a frame in a page of the same site counts and remembers as ever'(stage) {
    const { at, collector, cookies, expectEvents, host, land, page } = stage
    page('/start', `<iframe src="${at('/?ref=eve')}"></iframe><iframe src="${collector.at(`app.${host}`)}"></iframe>`)
    await expectEvents({
      action: () => land('/start'),
      expected: [{ referral_code: 'eve', framed: false }],
      total: 1,
    })
    assert.equal((await cookies())['refgrow_ref_code']!.value, 'eve')
  },

  async 'under a policy of nonces that lists the API everything works and nothing is refused'(stage) {
    const { collector, told } = stage
    await underPolicy(stage, `'self' ${collector.at('refgrow.test', '')}`, 1)
    assert.deepEqual(told('securitypolicyviolation'), [])
  },

  async 'under a policy without the API no error is raised; the cookie is set and links carry the code'(stage) {
    await underPolicy(stage, `'self'`, 0)
    await until('the refusal', () => stage.told('securitypolicyviolation').length > 0)
    assert.deepEqual(new Set(stage.told('securitypolicyviolation')), new Set(['securitypolicyviolation: connect-src']))
  },

  async 'a browser that says it is driven sends no click, but its links carry the code'(stage) {
    const { arrivesAt, collector, driver, expectEvents, land } = stage
    collector.page('/', `${collector.tag()}<a ${payment} href="${collector.at('pay.test', '/x')}">Buy</a>`)
    await expectEvents({ action: () => land(), total: 0 })
    await driver.click('a')
    await arrivesAt('pay.test/x?client_reference_id=bob')
    await expectEvents({ total: 0 })
  },

  async "the widget shows link and numbers, in its own style, under style-src 'none'"({ driver }) {
    const double = await startDouble()
    // The image is the favicon, which browsers ask for on their own.
    const policy = `default-src 'none'; style-src 'none'; img-src 'self'; script-src 'nonce-n1' ${double.api}; connect-src ${double.api}`
    const widget = `<div id="refgrow" data-project-id="lively" data-project-email="ann@example.com" data-user-hash="${GOOD_HASH}" data-lang="en"></div>`
    const watch = `<script nonce="n1">
      const wrong = []
      for (const type of ['error', 'unhandledrejection', 'securitypolicyviolation'])
        addEventListener(type, (event) => wrong.push(String(event.violatedDirective ?? event.reason ?? event.message)))
    </script>`
    const html = `<!doctype html><html lang="en"><title>Partners</title>${watch}${widget}<script src="${double.api}/page.js" crossorigin async></script>`
    double.pages.set('/', { html, headers: { 'content-security-policy': policy } })
    try {
      await driver.open(`${double.site}/`)
      const root = `document.querySelector('#refgrow').firstElementChild.shadowRoot`
      const text = () => driver.evaluate<string>(`${root}.textContent`)
      await until('the numbers', async () => (await text()).includes('4,821'))
      assert.match(await text(), /northwind\.example\/\?ref=ann-baker/)
      assert.equal(await driver.evaluate(`${root}.adoptedStyleSheets.length`), 1)
      const colour = await driver.evaluate(`getComputedStyle(${root}.querySelector('.main')).backgroundColor`)
      assert.equal(colour, 'rgb(47, 85, 212)')
      assert.deepEqual(await driver.evaluate('wrong'), [])
    } finally {
      await driver.open('about:blank')
      await double.close()
    }
  },
}

async function keepsToItself(
  { collector, cookies, driver, expectEvents }: Stage,
  host: string,
  domains: string[] = [host],
): Promise<void> {
  await expectEvents({
    action: () => driver.open(collector.at(host, '/?ref=bob')),
    expected: [{ referral_code: 'bob' }],
    total: 1,
  })
  const held = await cookies()
  assert.deepEqual(Object.keys(held).sort(), names)
  for (const { domain } of Object.values(held)) assert.ok(domains.includes(domain.replace(/^\./, '')), domain)
  await expectEvents({ action: () => driver.open(collector.at(host, '/next')), total: 1 })
  assert.deepEqual(await cookies(), held)
}

async function carriesTheCode({ arrivesAt, collector, expectEvents, land, page }: Stage, use: () => Promise<void>) {
  const target = collector.at('pay.test', '/x')
  page(
    '/',
    `${collector.tag()}<a ${payment} href="${target}">Buy</a><script>
      const render = () => document.links[0].setAttribute('href', '${target}')
      addEventListener('pointerdown', () => queueMicrotask(render))
      setInterval(render, 5)
    </script>`,
  )
  await expectEvents({ action: () => land(), total: 1 })
  await use()
  await arrivesAt('pay.test/x?client_reference_id=bob')
  await expectEvents({ total: 1 })
}

async function underPolicy(stage: Stage, connect: string, total: number) {
  const { arrivesAt, collector, cookies, driver, expectEvents, inlined, land, page } = stage
  const policy = `default-src 'none'; img-src 'self'; script-src 'nonce-n1'; connect-src ${connect}`
  page('/', `${inlined('nonce="n1"')}<a ${payment} href="${collector.at('pay.test', '/x')}">Buy</a>`, {
    'content-security-policy': policy,
  })
  await expectEvents({ action: () => land(), total })
  assert.equal((await cookies())['ref']!.value, 'bob')
  await driver.evaluate(`void ${signup}`)
  await expectEvents({ total: 2 * total })
  await driver.click('a')
  await arrivesAt('pay.test/x?client_reference_id=bob')
}
