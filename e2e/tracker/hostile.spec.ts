/** Consent, signals, broken storage, strict policies: full function where possible, silence and no error elsewhere. */
import { cookiesOf, expect, run, test } from './harness.ts'

const link = `<a href="https://buy.stripe.com/x">Buy</a>`
const href = `Refgrow.processStripePaymentLinks(), document.querySelector('a').href`
const decorated = 'https://buy.stripe.com/x?client_reference_id=bob'

test('18 where consent is required nothing is set, stored or sent before it, and then a click with the landing address', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.page('*', collector.tag('data-consent="required"') + link)
  await land()
  await expectEvents({
    action: () => run(page, `history.pushState({}, '', '/pricing'); Refgrow(0, 'signup', 'a@b.test')`),
    total: 0,
  })
  expect(await page.context().cookies()).toEqual([])
  expect(await run(page, 'localStorage.length')).toBe(0)
  expect(await run(page, href)).toBe('https://buy.stripe.com/x')
  await expectEvents({
    action: () => run(page, 'Refgrow.consent(true)'),
    expected: [
      { what: 'click', referral_code: 'bob', url: collector.at('shop.test', '/?ref=bob') },
      { what: 'event', type: 'signup', referral_code: 'bob' },
    ],
    total: 2,
  })
  expect(await run(page, href)).toBe(decorated)
})

test('18 a refusal removes the cookies and what was kept, and nothing more is sent', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.page('*', collector.tag() + link)
  collector.goDown(true)
  await land()
  await run(page, `Refgrow(5, 'purchase', 'a@b.test')`)
  expect(await run(page, 'localStorage.length')).toBe(1)
  await run(page, 'Refgrow.consent(false)')
  collector.goDown(false)
  expect(await page.context().cookies()).toEqual([])
  expect(await run(page, 'localStorage.length')).toBe(0)
  await expectEvents({
    action: () => run(page, `history.pushState({}, '', '/?ref=eve'); Refgrow(0, 'signup', 'a@b.test')`),
    total: 0,
  })
  expect(await run(page, href)).toBe('https://buy.stripe.com/x')
  expect(await page.context().cookies()).toEqual([])
})

test('18 a refusal removes the cookies from every domain the page lies in', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  const cookies = async () => (await page.context().cookies()).map(({ name, domain }) => `${name} ${domain}`).sort()
  await land(collector.at('www.shop.test', '/?ref=bob'))
  await expectEvents({ total: 1 })
  expect(await cookies()).toEqual(['ref .shop.test', 'refgrow_click .shop.test', 'refgrow_ref_code .shop.test'])
  await run(page, `document.cookie = 'refgrow_ref_code=old;path=/;max-age=9999'`)
  await run(page, `document.cookie = 'refgrow_ref_code=old;path=/;max-age=9999;domain=www.shop.test'`)
  expect(await cookies()).toHaveLength(5)
  await run(page, 'Refgrow.consent(false)')
  expect(await cookies()).toEqual([])
})

test('18 an answer that comes after the refusal keeps no settings and brings no cookie back', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.choose({ first: true, domains: ['other.test'] })
  await land()
  await expectEvents({ total: 1 })
  await expect.poll(() => run(page, 'localStorage.length')).toBe(1)
  await run(page, 'localStorage.clear()')

  let answer = () => {}
  const after = new Promise<void>((resolve) => (answer = resolve))
  collector.answerWith(() => ({ after }))
  await land('/?ref=eve&refgrow_debug=1')
  await expectEvents({ total: 2 })
  await run(page, 'Refgrow.consent(false)')
  const answered = page.waitForEvent('console', (message) => message.text().includes('click answered 200'))
  answer()
  await answered
  expect(await page.context().cookies()).toEqual([])
  expect(await run(page, 'localStorage.length')).toBe(0)
})

test('18 Global Privacy Control is obeyed where the project says so, from the first answer on', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  await page.addInitScript(`Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })`)
  collector.choose({ gpc: true })
  await land()
  await expect.poll(() => cookiesOf(page)).toEqual({})
  await expectEvents({ action: () => land('/?ref=eve'), total: 1 })
  expect(await page.context().cookies()).toEqual([])
  await expectEvents({
    action: () => run(page, 'Refgrow.consent(true)'),
    expected: [{}, { referral_code: 'eve' }],
    total: 2,
  })
  expect(await cookiesOf(page)).toMatchObject({ ref: 'eve' })
})

test('18 Global Privacy Control changes nothing where the project does not say so', async ({
  page,
  land,
  expectEvents,
}) => {
  await page.addInitScript(`Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })`)
  await expectEvents({ action: () => land(), total: 1 })
  expect(await cookiesOf(page)).toMatchObject({ ref: 'bob' })
})

test('19 with cookies off the visit is counted once and links are decorated from memory', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setDocumentCookieDisabled', { disabled: true })
  collector.page('*', collector.tag() + link)
  await expectEvents({ action: () => land(), expected: [{ referral_code: 'bob' }], total: 1 })
  expect(await run(page, href)).toBe(decorated)
  await expectEvents({
    action: () => run(page, `Refgrow(0, 'signup', 'a@b.test')`),
    expected: [{}, { referral_code: 'bob' }],
    total: 2,
  })
})

test('19 in a sandboxed frame, where cookies and storage throw, links are decorated and the visit is reported as framed', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  collector.page('/frame', collector.tag() + link)
  collector.page('/', `<iframe sandbox="allow-scripts" src="/frame?ref=bob"></iframe>`)
  await expectEvents({ action: () => land('/'), expected: [{ referral_code: 'bob', framed: true }], total: 1 })
  const frame = page.frames()[1]!
  expect(await frame.evaluate<string>(href)).toBe(decorated)
})

test('19 storage that throws costs nothing but what it would have kept', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  await page.addInitScript(`Object.defineProperty(window, 'localStorage', { get() { throw new Error('no storage') } })`)
  collector.page('*', collector.tag() + link)
  await expectEvents({ action: () => land(), total: 1 })
  await expectEvents({ action: () => run(page, `Refgrow(0, 'signup', 'a@b.test')`), total: 2 })
  expect(await run(page, href)).toBe(decorated)
})

test('19 storage full of nonsense does not stop the click', async ({ page, collector, land, expectEvents }) => {
  collector.page('/before', `<script>localStorage.refgrow = '('</script>`)
  await land('/before')
  await expectEvents({ action: () => land(), total: 1 })
  await run(page, `localStorage.refgrow = '{"settings":7}'; localStorage['refgrow a'] = '{'`)
  await expectEvents({ action: () => land('/?ref=eve'), total: 2 })
  await run(page, `localStorage['refgrow 0'] = '{"'`)
  await expectEvents({ action: () => land('/?ref=zed'), total: 3 })
})

const violations = `{
  window.violations = []
  addEventListener('securitypolicyviolation', ({ violatedDirective }) => violations.push(violatedDirective))
}`

test('20 a policy without our host costs one debug sentence; the cookie is set and links are decorated', async ({
  page,
  collector,
  land,
  spoken,
  expectEvents,
}) => {
  const policy = `connect-src 'self'; script-src ${collector.at('refgrow.test', '')} 'unsafe-inline' 'unsafe-eval'`
  collector.page('*', collector.tag() + link, { 'content-security-policy': policy })
  await land('/?ref=bob&refgrow_debug=1')
  const said = () => spoken.filter((line) => line.startsWith('Refgrow:') && line.includes('click'))
  await expect.poll(said).toHaveLength(1)
  await expectEvents({ total: 0 })
  expect(await run(page, href)).toBe(decorated)
  expect(await cookiesOf(page)).toMatchObject({ ref: 'bob' })
})

test('20 under a policy of nonces everything works without violation', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  await page.addInitScript(violations)
  const policy = `default-src 'none'; script-src 'nonce-n1'; connect-src 'self' ${collector.at('refgrow.test', '')}`
  collector.page('*', collector.tag('nonce="n1"') + link, { 'content-security-policy': policy })
  await expectEvents({ action: () => land(), total: 1 })
  await page.locator('a').dispatchEvent('pointerdown')
  await expect(page.locator('a')).toHaveAttribute('href', decorated)
  expect(await page.evaluate(() => (window as unknown as { violations: string[] }).violations)).toEqual([])
})

test('20 Trusted Types find nothing to refuse', async ({ page, collector, land, expectEvents }) => {
  await page.addInitScript(violations)
  const elements = '<stripe-buy-button></stripe-buy-button><button class="paddle_button">Pay</button>'
  collector.page('*', collector.tag() + link + elements, {
    'content-security-policy': `require-trusted-types-for 'script'; trusted-types 'none'`,
  })
  await expectEvents({ action: () => land(), total: 1 })
  await page.locator('a').dispatchEvent('pointerdown')
  await page.locator('button').click()
  await expect(page.locator('a')).toHaveAttribute('href', decorated)
  await expect(page.locator('button')).toHaveAttribute('data-custom-data', '{"referral_code":"bob"}')
  expect(await page.evaluate(() => (window as unknown as { violations: string[] }).violations)).toEqual([])
})

test('21 a prerendered page does nothing before it is shown, and then sends one click', async ({
  page,
  land,
  expectEvents,
}) => {
  await page.addInitScript(`{
    let prerendering = true
    Object.defineProperty(document, 'prerendering', { get: () => prerendering })
    window.show = () => { prerendering = false; document.dispatchEvent(new Event('prerenderingchange')) }
  }`)
  await expectEvents({ action: () => land(), total: 0 })
  expect(await page.context().cookies()).toEqual([])
  await expectEvents({ action: () => run(page, `Refgrow(0, 'signup', 'a@b.test')`), total: 0 })
  await expectEvents({ action: () => run(page, 'show()'), expected: [{ what: 'click' }, { type: 'signup' }], total: 2 })
})

const everythingBroken = `{
  const fail = () => { throw new Error('hostile') }
  for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get: fail })
  Object.defineProperty(document, 'cookie', { get: fail, set: fail })
  window.fetch = fail
  window.MutationObserver = class { constructor() { fail() } }
  performance.getEntriesByType = fail
  window.Paddle = { get Checkout() { return fail() } }
  window.Refgrow = { q: [null, 7, [], ['x', {}], [{ valueOf: fail }, 'x']] }
}`

const callsOfEveryKind = `{
  history.pushState({}, '', '/?ref=eve')
  const calls = [[], [null], [undefined, 'signup'], ['x', 'y'], [1n, 'x'], [1, 'x', {}, null], [1, 'x', 'e', 7]]
  Promise.all(calls.map((call) => Refgrow(...call))).then(() => {
    Refgrow.init(); Refgrow.reset(); Refgrow.consent(); Refgrow.consent(false); Refgrow.consent(true)
    Refgrow.processPaddleLinks(); Refgrow.processLemonSqueezyLinks(); Refgrow.processStripePaymentLinks()
    document.querySelector('a').click()
    document.body.textContent = 'done'
  })
}`

const hostilePolicy = {
  'content-security-policy': `default-src 'none'; script-src 'unsafe-inline' http:; require-trusted-types-for 'script'`,
}
const render = `<a href="javascript:void 0">x</a><script>setInterval(() => document.querySelectorAll('a').forEach((a) => (a.href = '#')), 1)</script>`

test('a page whose policy, storage, network and framework are hostile at once raises no error, whatever it calls', async ({
  page,
  collector,
  land,
  spoken,
}) => {
  await page.addInitScript(everythingBroken)
  collector.page('/', `${collector.tag()}<body>${render}<script>${callsOfEveryKind}</script>`, hostilePolicy)
  await land()
  await expect(page.locator('body')).toHaveText('done')
  expect(spoken.filter((line) => line.startsWith('Refgrow:')).length).toBeLessThanOrEqual(1)
  expect(collector.reports).toEqual([])
})

test('the same page in debug mode raises no error either', async ({ page, collector, land, spoken }) => {
  await page.addInitScript(everythingBroken)
  collector.page(
    '/',
    `${collector.tag('data-debug')}<body>${render}<script>${callsOfEveryKind}</script>`,
    hostilePolicy,
  )
  await land()
  await expect(page.locator('body')).toHaveText('done')
  expect(spoken).toContainEqual(expect.stringContaining('hostile'))
})
