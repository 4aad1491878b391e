/** The code rides into checkouts and across domains, at the moment a link is used. */
import type { Page } from '@playwright/test'
import { cookiesOf, expect, run, test } from './harness.ts'
import type { Collector } from './collector.ts'

const withSettings = (collector: Collector) => collector.choose({ domains: ['other.test', 'shop.test'] })

/** A payment link on the shop's own checkout domain: browsers ask buy.stripe.com by https only, which the collector is not. */
const payment = 'class=refgrow-stripe-payment-link'

/** The href that is in the document, not the address the browser makes of it. */
const hrefOf = (page: Page, selector = 'a') => page.locator(selector).first().getAttribute('href')

test('5 a link to a listed domain carries the code once, and the other domain remembers it', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  withSettings(collector)
  collector.page('/', `${collector.tag()}<a href="${collector.at('www.other.test', '/in?a=1#top')}">Other</a>`)
  await land()
  await expect.poll(() => run(page, 'localStorage.length')).toBe(1)
  for (const type of ['pointerdown', 'pointerdown']) await page.locator('a').dispatchEvent(type)
  expect(await hrefOf(page)).toBe(collector.at('www.other.test', '/in?a=1&ref=bob#top'))
  await expectEvents({
    action: () => page.locator('a').click(),
    expected: [{}, { referral_code: 'bob', cookie: expect.stringMatching(/domain=.other.test$/) }],
    total: 2,
  })
  expect(collector.visits.at(-1)).toBe('www.other.test/in?a=1&ref=bob')
})

test('5 every other link stays as it is, byte for byte', async ({ page, collector, land }) => {
  withSettings(collector)
  const links = [
    'https://unlisted.example/?q=a%20b',
    'https://another.test/',
    '/local?x=1',
    collector.at('shop.test', '/same'),
    collector.at('app.shop.test', '/sibling'),
    'mailto:a@other.test',
    'tel:+123',
    'javascript:void(0)',
    'blob:https://other.test/0',
    'https://other.test:port/',
    'https://[other.test/',
    'shop://other.test/x',
    '#other.test',
    '',
  ]
  const list = links.map((href) => `<a href="${href}">x</a>`).join('')
  collector.page('/', `${collector.tag()}${list}<a download href="https://other.test/file">x</a><a>none</a>`)
  await land()
  await expect.poll(() => run(page, 'localStorage.length')).toBe(1)
  await run(page, 'Refgrow.processStripePaymentLinks()')
  const after = await run(page, `[...document.links].map((link) => link.getAttribute('href'))`)
  expect(after).toEqual([...links, 'https://other.test/file'])
})

test('6 a Stripe link gets client_reference_id, and the rest of it means the same', async ({
  page,
  collector,
  land,
}) => {
  collector.page(
    '/',
    `${collector.tag()}<a href="https://buy.stripe.com/x?prefilled_email=a%20b%2Bc%40d.e#x">1</a>
     <a class="big refgrow-stripe-payment-link" href="https://pay.shop.test/y">2</a>`,
  )
  await land()
  await run(page, 'Refgrow.processStripePaymentLinks(); Refgrow.processStripePaymentLinks()')
  const [first, second] = (await run<string[]>(page, '[...document.links].map(String)')).map((href) => new URL(href))
  expect([first!.origin, first!.pathname, first!.hash]).toEqual(['https://buy.stripe.com', '/x', '#x'])
  expect([...first!.searchParams]).toEqual([
    ['prefilled_email', 'a b+c@d.e'],
    ['client_reference_id', 'bob'],
  ])
  expect(second!.href).toBe('https://pay.shop.test/y?client_reference_id=bob')
})

test("6 the merchant's own client_reference_id carries cart_7, and debug mode says so", async ({
  page,
  collector,
  land,
  spoken,
}) => {
  const href = 'https://buy.stripe.com/x?client_reference_id=cart_7&a=%20'
  collector.page('/', `${collector.tag()}<a href="${href}">1</a>`)
  await land('/?ref=bob&refgrow_debug=1')
  await page.locator('a').dispatchEvent('pointerdown')
  expect(await hrefOf(page)).toBe(href)
  expect(spoken).toContainEqual(expect.stringContaining('client_reference_id carries cart_7'))
})

test('6 redirectToStripePaymentLink goes there with the code, and without one goes there all the same', async ({
  page,
  collector,
  land,
}) => {
  const target = collector.at('pay.test', '/x?a=1')
  await land('/')
  await run(page, `Refgrow.redirectToStripePaymentLink('${target}')`)
  await page.waitForURL(target)
  await land()
  await run(page, `Refgrow.redirectToStripePaymentLink('${target}')`)
  await page.waitForURL(`${target}&client_reference_id=bob`)
})

test("7 Stripe's elements get the code within a frame of being inserted, unless they carry the merchant's own", async ({
  page,
  land,
}) => {
  await land()
  const values = await page.evaluate(async () => {
    const insert = (name: string, own?: string) => {
      const element = document.createElement(name)
      if (own) element.setAttribute('client-reference-id', own)
      document.body.append(element)
      return element
    }
    const elements = [
      insert('stripe-buy-button'),
      insert('stripe-pricing-table'),
      insert('stripe-buy-button', 'cart_7'),
    ]
    await new Promise((next) => requestAnimationFrame(next))
    return elements.map((element) => element.getAttribute('client-reference-id'))
  })
  expect(values).toEqual(['bob', 'bob', 'cart_7'])
})

test('7 LemonSqueezy links and overlay buttons and Polar links carry the code in the parameter each one reads', async ({
  page,
  collector,
  land,
}) => {
  const lemon = 'checkout[custom][referral_code]'
  const links: [html: string, parameter: string | null][] = [
    ['href="https://store.lemonsqueezy.com/buy/0a?checkout[email]=a%40b.c"', lemon],
    ['class="lemonsqueezy-button" href="https://store.lemonsqueezy.com/checkout/buy/7?embed=1"', lemon],
    ['class="refgrow-lemonsqueezy-link" href="https://pay.shop.test/a"', lemon],
    ['class="refgrow-ls-link" href="https://pay.shop.test/b"', lemon],
    ['href="https://store.lemonsqueezy.com/checkout/?cart=7"', null],
    ['href="https://buy.polar.sh/polar_cl_1?theme=dark"', 'reference_id'],
  ]
  collector.page('/', collector.tag() + links.map(([html]) => `<a ${html}>x</a>`).join(''))
  await land()
  await run(page, 'Refgrow.processLemonSqueezyLinks()')
  const hrefs = await run<string[]>(page, '[...document.links].map(String)')
  for (const [index, [html, parameter]] of links.entries()) {
    const url = new URL(hrefs[index]!)
    if (parameter) expect(url.searchParams.get(parameter), html).toBe('bob')
    else expect(url.search, html).not.toContain('bob')
  }
  expect(new URL(hrefs[0]!).searchParams.get('checkout[email]')).toBe('a@b.c')
})

test("7 Paddle gets the code through buttons and through Checkout.open, beside the merchant's own custom data", async ({
  page,
  collector,
  land,
}) => {
  collector.page(
    '/',
    `${collector.tag()}
     <button class="paddle_button" data-custom-data='{"cart":7}'>1</button>
     <a class="refgrow-paddle-link" href="#">2</a>
     <button class="paddle_button" data-custom-data='{"referral_code":"own"}'>3</button>
     <button class="paddle_button" data-custom-data="not json">4</button>`,
  )
  await land()
  await run(page, 'Refgrow.processPaddleLinks(); Refgrow.processPaddleLinks()')
  const data = `[...document.querySelectorAll('button, a')].map(({ dataset }) => dataset.customData)`
  expect(await run(page, data)).toEqual([
    '{"cart":7,"referral_code":"bob"}',
    '{"referral_code":"bob"}',
    '{"referral_code":"own"}',
    'not json',
  ])

  // Paddle.js comes later than the tracker, and the checkout opens at the first click.
  await run(
    page,
    `window.Paddle = { Checkout: { open(options) { window.opened = [options, this === Paddle.Checkout] } } }`,
  )
  await run(
    page,
    `document.querySelector('button').onclick = () => Paddle.Checkout.open({ items: [1], customData: { cart: 7 } })`,
  )
  await page.locator('button').first().click()
  expect(await run(page, 'opened')).toEqual([{ items: [1], customData: { cart: 7, referral_code: 'bob' } }, true])
  await run(page, `Paddle.Checkout.open({ customData: { referral_code: 'own' } })`)
  expect(await run(page, 'opened[0].customData')).toEqual({ referral_code: 'own' })
  await run(page, 'Paddle.Checkout.open()')
  expect(await run(page, 'opened[0].customData')).toEqual({ referral_code: 'bob' })
})

const uses: Record<string, (page: Page) => Promise<unknown>> = {
  'a left click': (page) => page.locator('a').click(),
  'a middle click': (page) => page.locator('a').click({ button: 'middle' }),
  'a click with Ctrl': (page) => page.locator('a').click({ modifiers: ['Control'] }),
  'a click with Shift': (page) => page.locator('a').click({ modifiers: ['Shift'] }),
  'the Enter key': (page) => page.locator('a').press('Enter'),
  'a click on an icon inside': (page) => page.locator('a circle').click(),
}
const places = {
  page: { attributes: '', root: 'document.body' },
  shadow: {
    attributes: 'target=_blank',
    root: `document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'open' })`,
  },
}
for (const [how, use] of Object.entries(uses)) {
  test(`8 a link whose href was set back carries the code after ${how}, in the page and, to a new tab, in a shadow root`, async ({
    page,
    collector,
    land,
  }) => {
    for (const [place, { attributes, root }] of Object.entries(places)) {
      const link = `<a ${payment} href="" ${attributes}>Buy <svg width=20 height=20><circle r=20 /></svg></a>`
      collector.page(
        `/${place}`,
        `${collector.tag()}<body><script>
          const root = ${root}
          root.innerHTML = '${link}'
          const render = () => root.querySelector('a').setAttribute('href', '${collector.at('pay.test', `/${place}/buy`)}')
          render()
          addEventListener('pointerdown', () => queueMicrotask(render))
          setInterval(render, 5)
        </script>`,
      )
      await land(`/${place}?ref=bob`)
      await use(page)
      await expect.poll(() => collector.visits.at(-1)).toBe(`pay.test/${place}/buy?client_reference_id=bob`)
    }
  })
}

test('8 a link inside svg raises no error', async ({ page, collector, land }) => {
  collector.page('/', `${collector.tag()}<svg><a href="#there"><text y="20">Text</text></a></svg>`)
  await land('/?ref=bob&refgrow_debug=1')
  await page.locator('text').click()
  await expect(page).toHaveURL(/#there$/)
})

test('9 a page that prevents the navigation is not navigated, and navigation does not wait for the API', async ({
  page,
  collector,
  land,
}) => {
  let answer = () => {}
  const after = new Promise<void>((resolve) => (answer = resolve))
  collector.answerWith(() => ({ after }))
  collector.page(
    '/',
    `${collector.tag()}<a ${payment} href="${collector.at('pay.test', '/x')}">Buy</a>
     <script>document.querySelector('a').addEventListener('click', (event) => event.altKey && event.preventDefault())</script>`,
  )
  await land()
  await page.locator('a').click({ modifiers: ['Alt'] })
  expect(new URL(page.url()).hostname).toBe('shop.test')
  // 10 the click's request is still under way, and the buy link carries the code already.
  await page.locator('a').click()
  await expect.poll(() => collector.visits.at(-1)).toBe('pay.test/x?client_reference_id=bob')
  answer()
})

test('10 a buy link clicked while the API hangs carries the code, and the click was sent', async ({
  page,
  collector,
  land,
  expectEvents,
}) => {
  let answer = () => {}
  const after = new Promise<void>((resolve) => (answer = resolve))
  collector.answerWith(() => ({ after }))
  collector.page('/', `${collector.tag()}<a ${payment} href="${collector.at('pay.test', '/x')}">Buy</a>`)
  await land()
  await expectEvents({ action: () => page.locator('a').click(), expected: [{ what: 'click' }], total: 1 })
  expect(collector.visits.at(-1)).toBe('pay.test/x?client_reference_id=bob')
  answer()
})

test('an arrival on the page reaches links and elements that carry the earlier code', async ({
  page,
  collector,
  land,
}) => {
  collector.page(
    '/',
    `${collector.tag()}<a href="https://buy.stripe.com/x">Buy</a><stripe-buy-button></stripe-buy-button>`,
  )
  await land()
  await page.locator('a').dispatchEvent('pointerdown')
  await run(page, `history.pushState({}, '', '/?ref=eve')`)
  await page.locator('a').dispatchEvent('pointerdown')
  expect(await hrefOf(page)).toBe('https://buy.stripe.com/x?client_reference_id=eve')
  expect(await page.locator('stripe-buy-button').getAttribute('client-reference-id')).toBe('eve')
  expect(await cookiesOf(page)).toMatchObject({ ref: 'eve' })
})
