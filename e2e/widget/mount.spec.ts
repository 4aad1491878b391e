/** The ways real pages embed the widget. */
import { div, expect, GOOD_HASH, SCRIPT, settled, test } from './harness.ts'

const HEADLINE = 'Earned so far'

test('a div before the script becomes a dashboard', async ({ page, visit }) => {
  await visit()
  await expect(page.getByText(HEADLINE)).toBeVisible()
})

test('a div that comes after the script ran becomes a dashboard', async ({ page, visit }) => {
  await visit({ body: '<script src="{api}/page.js"></script>' })
  await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', `<main>${html}</main>`), div())
  await expect(page.getByText(HEADLINE)).toBeVisible()
})

test('a div that is made anew becomes a dashboard again, without running the script again', async ({
  page,
  visit,
  asked,
}) => {
  await visit({ body: `<main>${div()}</main>${SCRIPT}` })
  await settled(page)
  await page.evaluate((html) => (document.querySelector('main')!.innerHTML = html), div('empty'))
  await expect(page.getByText('$0.00').first()).toBeVisible()
  expect(asked().map(({ body }) => body.project_id)).toEqual(['lively', 'empty'])
})

test('the script may run three times, and be removed: one dashboard, one request', async ({ page, visit, asked }) => {
  await visit({ body: div() + SCRIPT })
  await settled(page)
  await page.evaluate(async () => {
    for (let round = 0; round < 2; round += 1) {
      const script = document.createElement('script')
      script.src = document.querySelector('script')!.src
      await new Promise((done) => {
        script.addEventListener('load', done)
        document.head.append(script)
      })
      script.remove()
    }
  })
  await expect(page.getByText(HEADLINE)).toHaveCount(1)
  expect(asked()).toHaveLength(1)
})

test('something stands in the div at once, and the div itself stays', async ({ page, visit }) => {
  await visit({ body: '<script src="{api}/page.js"></script>' })
  const found = await page.evaluate(async (html) => {
    document.body.insertAdjacentHTML('beforeend', html)
    const element = document.getElementById('refgrow')!
    await Promise.resolve()
    return { children: element.childElementCount, same: element === document.getElementById('refgrow') }
  }, div('never'))
  expect(found).toEqual({ children: 1, same: true })
})

test('a tracker script with the id refgrow is left alone', async ({ page, visit }) => {
  await visit({ body: `<script id="refgrow" src="{api}/page.js" data-project-id="1" async></script>${div()}` })
  await expect(page.getByText(HEADLINE)).toBeVisible()
  expect(await page.evaluate(() => document.querySelector('script')!.childElementCount)).toBe(0)
})

test('a page that empties the div gets the widget back, with what it knew', async ({ page, visit, asked }) => {
  await visit()
  await settled(page)
  await page.evaluate(() => document.getElementById('refgrow')!.replaceChildren())
  await expect(page.getByText(HEADLINE)).toBeVisible()
  expect(asked()).toHaveLength(1)
})

test('two widgets on one page, each in its own language', async ({ page, visit }) => {
  const proof = `data-project-email="ann@example.com" data-user-hash="${GOOD_HASH}"`
  await visit({ body: div('lively', `${proof} data-lang="de"`) + div('empty', `${proof} data-lang="en"`) + SCRIPT })
  await expect(page.getByText('Bisher verdient')).toBeVisible()
  await expect(page.getByText(HEADLINE)).toBeVisible()
})

test('an address set later shows the dashboard, taken away it shows the form', async ({ page, visit }) => {
  await visit({ body: div('lively', '') + SCRIPT })
  await expect(page.getByLabel('E-mail address')).toBeVisible()
  await page.evaluate((hash) => {
    const element = document.getElementById('refgrow')!
    element.setAttribute('data-project-email', 'ann@example.com')
    element.setAttribute('data-user-hash', hash)
  }, GOOD_HASH)
  await expect(page.getByText(HEADLINE)).toBeVisible()
  await page.evaluate(() => document.getElementById('refgrow')!.removeAttribute('data-project-email'))
  await expect(page.getByLabel('E-mail address')).toBeVisible()
})

test('the time of a signature goes along, from the attribute and from identify, and a newer one is asked with', async ({
  page,
  visit,
  asked,
}) => {
  const who = `data-project-email="ann@example.com" data-user-hash="${GOOD_HASH}" data-user-hash-at="1795000000"`
  await visit({ body: div('lively', who) + SCRIPT })
  await expect(page.getByText(HEADLINE)).toBeVisible()
  const last = () => asked().findLast(({ path }) => path.endsWith('/dashboard'))!.body
  expect(last()).toMatchObject({ hash: GOOD_HASH, hash_at: '1795000000' })
  await page.evaluate(() => document.getElementById('refgrow')!.setAttribute('data-user-hash-at', '1795000060'))
  await expect.poll(last).toMatchObject({ hash: GOOD_HASH, hash_at: '1795000060' })
  await page.evaluate((hash) => Reflect.get(window, 'Refgrow').identify('ann@example.com', hash, 1795000120), GOOD_HASH)
  await expect.poll(last).toMatchObject({ hash: GOOD_HASH, hash_at: '1795000120' })
})

test('in a hidden panel it waits, and shows when the panel does', async ({ page, visit }) => {
  await visit({ body: `<section style="visibility:hidden">${div()}</section>${SCRIPT}` })
  await expect(page.locator('.root[aria-busy=false]')).toHaveCount(1)
  await expect(page.getByText(HEADLINE)).toBeHidden()
  await page.evaluate(() => (document.querySelector('section')!.style.visibility = 'visible'))
  await expect(page.getByText(HEADLINE)).toBeVisible()
})

test('data-api on the div names another API than the origin of the script', async ({ page, visit, double }) => {
  const elsewhere = double.api.replace('127.0.0.1', 'localhost')
  const request = page.waitForRequest((one) => one.method() === 'POST')
  await visit({ body: div('lively', `data-api="${elsewhere}/"`) + SCRIPT })
  expect((await request).url()).toBe(`${elsewhere}/api/widget/dashboard`)
})

test('RefgrowNoAutoInit waits for Refgrow.init()', async ({ page, visit, asked }) => {
  await visit({ body: `<script>RefgrowNoAutoInit = true</script>${div()}<script src="{api}/page.js"></script>` })
  expect(await page.evaluate(() => document.getElementById('refgrow')!.childElementCount)).toBe(0)
  expect(asked()).toEqual([])
  await page.evaluate('Refgrow.init()')
  await expect(page.getByText(HEADLINE)).toBeVisible()
})

test('identify, setLanguage and on work from the page, and leave no token in its DOM', async ({ page, visit }) => {
  await visit({ body: div('lively', '') + SCRIPT })
  await settled(page)
  await page.evaluate(() => {
    const heard: unknown[] = []
    Object.assign(window, { heard })
    const { Refgrow } = window as never as {
      Refgrow: { on: (name: string, listener: (detail: object) => void) => () => void }
    }
    for (const name of ['ready', 'affiliate:login']) Refgrow.on(name, (detail) => heard.push([name, detail]))
    Refgrow.on('affiliate:login', () => heard.push('never'))()
  })
  await page.evaluate((hash) => Reflect.get(window, 'Refgrow').identify('ann@example.com', hash), GOOD_HASH)
  await expect(page.getByText(HEADLINE)).toBeVisible()
  await page.evaluate('Refgrow.setLanguage("de")')
  await expect(page.getByText('Bisher verdient')).toBeVisible()
  expect(await page.evaluate('heard')).toEqual([
    ['ready', {}],
    ['affiliate:login', { email: 'ann@example.com' }],
  ])
  expect(await page.content()).not.toContain(GOOD_HASH)
  expect(page.url()).not.toContain('ann')
})

test('reset begins again, and still resets a tracker that came later', async ({ page, visit, asked }) => {
  await visit()
  await settled(page)
  await page.evaluate(() => {
    const later = () => {}
    Object.assign(window, { resets: 0 })
    Reflect.set(
      window,
      'Refgrow',
      Object.assign(later, Reflect.get(window, 'Refgrow'), {
        reset: () => Reflect.set(window, 'resets', Reflect.get(window, 'resets') + 1),
      }),
    )
    document.dispatchEvent(new Event('load'))
  })
  await page.evaluate('Refgrow.reset()')
  await expect(page.getByText(HEADLINE)).toBeVisible()
  await expect.poll(() => asked().length).toBe(2)
  expect(await page.evaluate('resets')).toBe(1)
})

test('mounted and removed fifty times, nothing is left behind', async ({ page, visit }) => {
  await visit({ body: '<script src="{api}/page.js"></script>' })
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable')

  async function rounds(count: number) {
    for (let round = 0; round < count; round += 1) {
      await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), div())
      await page.locator('.plot').waitFor()
      await page.evaluate(() => document.getElementById('refgrow')!.remove())
    }
  }

  async function left() {
    await cdp.send('HeapProfiler.collectGarbage')
    const { metrics } = await cdp.send('Performance.getMetrics')
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
  }

  await rounds(3)
  const before = await left()
  await rounds(50)
  // One collection may leave what the next one takes; a leak stays, however often it is collected.
  await expect(async () => {
    const after = await left()
    expect(after.JSEventListeners).toBeLessThanOrEqual(before.JSEventListeners!)
    expect(after.Nodes! - before.Nodes!).toBeLessThan(50)
  }).toPass({ timeout: 15_000 })
})
