/** What people see when there is nothing yet, too much, or something went wrong (case 25). */
import type { Page } from '@playwright/test'
import { CODE, div, expect, GOOD_HASH, SCRIPT, settled, test } from './harness.ts'

test('what I earned, when I get it and what to share stand above the fold of a small phone', async ({
  page,
  visit,
}) => {
  await page.setViewportSize({ width: 360, height: 640 })
  await visit()
  for (const text of ['$1,842.50', '$420.00 available', '$45.50 more on Dec 3', 'Copy link']) {
    await expect(page.getByText(text).first()).toBeInViewport({ ratio: 1 })
  }
})

for (const width of [360, 768]) {
  test(`the skeleton is as high as what comes, ${width} px`, async ({ page, visit }) => {
    await page.setViewportSize({ width, height: 900 })
    const heights = () =>
      page
        .locator('.block')
        .evaluateAll((blocks) => blocks.map((block) => Math.round(block.getBoundingClientRect().height)))
    await visit({ body: div('never') + SCRIPT })
    await page.locator('.bone').first().waitFor()
    const promised = await heights()
    await visit()
    await page.locator('.plot').waitFor()
    const kept = await heights()
    // Below the chart it depends on what there is to show.
    promised.length = kept.length = 5
    promised.forEach((height, index) => expect(Math.abs(height - kept[index]!)).toBeLessThanOrEqual(2))
  })
}

/** Time goes on only when the test says so. */
async function stopClock(page: Page) {
  await page.clock.install({ time: '2026-11-20T12:00:00Z' })
  await page.clock.pauseAt('2026-11-20T12:00:01Z')
}

for (const hasTouch of [false, true]) {
  test.describe(hasTouch ? 'with a finger' : 'with a mouse', () => {
    test.use({ hasTouch, isMobile: hasTouch })
    test('the room that is kept at first is as high as the skeleton that takes it', async ({ page, visit }) => {
      await stopClock(page)
      await visit({ head: '<style>body{margin:0}</style>', body: div('never') + div('never', '') + SCRIPT })
      await page.locator('.room').waitFor()
      const widths = [280, 335, 336, 559, 560, 1280]
      const bottoms = (inner: string) => async (width: number) => {
        await page.setViewportSize({ width, height: 900 })
        const read = (all: Element[]) => all.map((one) => one.getBoundingClientRect().bottom)
        return [
          await page.locator(`.room${inner}`).evaluateAll(read),
          await page.locator(`.door-room${inner}`).evaluateAll(read),
        ]
      }
      const kept: number[][][] = []
      for (const width of widths) kept.push(await bottoms('')(width))
      await page.clock.runFor(150)
      await page.locator('.bone').first().waitFor()
      for (const [index, width] of widths.entries()) {
        expect([width, await bottoms('')(width)]).toEqual([width, kept[index]])
        expect([width, await bottoms('>.block:last-child')(width)]).toEqual([width, kept[index]])
      }
    })
  })
}

test('an answer that comes at once is shown at once; what stands further down comes in the next frames', async ({
  page,
  visit,
}) => {
  await stopClock(page)
  await visit()
  await expect(page.getByText('$1,842.50').first()).toBeVisible()
  await expect(page.locator('.block')).toHaveCount(4)
  const root = page.locator('.root')
  const before = await root.boundingBox()
  await page.clock.runFor(100)
  await page.locator('.plot').waitFor()
  expect((await root.boundingBox())!.height - before!.height).toBeLessThan(60)
})

test('the first numbers are there before the page makes its first Intl format', async ({ page, visit }) => {
  await page.addInitScript(() => {
    const seen: boolean[] = ((globalThis as { seen?: boolean[] }).seen = [])
    for (const name of ['NumberFormat', 'DateTimeFormat', 'ListFormat', 'Locale'] as const) {
      const look = () => {
        const root = document.querySelector('#refgrow')?.firstElementChild?.shadowRoot
        seen.push(Boolean(root?.querySelector('.figures b')))
      }
      Object.assign(Intl, {
        [name]: new Proxy(Intl[name], {
          construct: (target, args) => (look(), Reflect.construct(target, args) as object),
        }),
      })
    }
  })
  await visit()
  await settled(page)
  const seen = await page.evaluate(() => (globalThis as { seen?: boolean[] }).seen!)
  expect(seen.length).toBeGreaterThan(0)
  expect(seen).not.toContain(false)
})

for (const project of ['lively', 'empty', 'huge', 'long', 'several']) {
  for (const lang of ['en', 'de']) {
    test(`nothing runs out of its block at 320 px: ${project}, ${lang}`, async ({ page, visit }) => {
      await page.setViewportSize({ width: 320, height: 700 })
      const proof = `data-project-email="ann@example.com" data-user-hash="${GOOD_HASH}" data-lang="${lang}"`
      await visit({ body: div(project, proof) + SCRIPT })
      await settled(page)
      await page.locator(`.root[lang=${lang}]`).waitFor()
      const outside = await page.locator('.block').evaluateAll((blocks) =>
        blocks.flatMap((block) => {
          const frame = block.getBoundingClientRect()
          return [...block.querySelectorAll('*:not(.unseen)')]
            .filter((inner) => getComputedStyle(inner).visibility === 'visible' && inner.getClientRects().length > 0)
            .filter((inner) => !inner.closest('.cut, svg'))
            .filter((inner) => {
              const { left, right } = inner.getBoundingClientRect()
              return left < frame.left - 0.5 || right > frame.right + 0.5
            })
            .map((inner) => `${inner.className}: ${inner.textContent}`)
        }),
      )
      expect(outside).toEqual([])
    })
  }
}

test('nothing yet: what will appear, and what to do now', async ({ page, visit }) => {
  await visit({ body: div('empty') + SCRIPT })
  await expect(page.getByText('Share your link to earn your first commission.')).toBeVisible()
  await expect(page.getByText('Clicks, signups and purchases will appear here')).toBeVisible()
  await expect(page.getByText('Commissions will appear here after the first sale.')).toBeVisible()
  await expect(page.getByRole('slider')).toHaveCount(0)
})

for (const [project, sentence] of [
  ['500', 'Something went wrong on our side.'],
  ['429', 'Wait a minute'],
  ['404', 'could not be found'],
  ['gone', 'could not be reached'],
] as const) {
  test(`${project}: a plain sentence and a way to try again`, async ({ page, visit }) => {
    await visit({ body: div(project) + SCRIPT })
    await expect(page.getByRole('alert')).toContainText(sentence)
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible()
  })
}

test('an answer that cannot be drawn says so, waits for nothing and keeps no empty room', async ({ page, visit }) => {
  await visit({ body: div('malformed') + SCRIPT })
  await expect(page.getByText('Something went wrong on our side.')).toBeVisible()
  await expect(page.locator('.root')).toHaveAttribute('aria-busy', 'false')
  await expect(page.locator('.room')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible()
})

test('a wrong signature shows no data at all', async ({ page, visit }) => {
  await visit({ body: div('lively', 'data-project-email="ann@example.com" data-user-hash="f00"') + SCRIPT })
  await expect(page.getByRole('alert')).toContainText('could not confirm')
  await expect(page.locator('.block')).toHaveCount(1)
})

test('trying again after a failure brings the dashboard', async ({ page, visit }) => {
  await visit({ body: div('flaky') + SCRIPT })
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText('Earned so far')).toBeVisible()
})

test('offline it says so, and loads by itself when the connection is back', async ({ page, visit, context }) => {
  await visit({ body: '<script src="{api}/page.js"></script>' })
  await context.setOffline(true)
  await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), div())
  await expect(page.getByRole('alert')).toContainText('You are offline.')
  await context.setOffline(false)
  await expect(page.getByText('Earned so far')).toBeVisible()
})

test('a language that cannot be loaded leaves English', async ({ page, visit }) => {
  await page.route('**/locales/de*.json', (route) => route.fulfill({ status: 404, body: '' }))
  await visit({ body: div('lively', 'data-lang="de"') + SCRIPT })
  await expect(page.getByLabel('E-mail address')).toBeVisible()
  await expect(page.locator('.root')).toHaveAttribute('lang', 'en')
})

test('joining without proof shows the link, the event and nothing else', async ({ page, visit, asked }) => {
  await visit({ body: div('lively', '') + SCRIPT })
  await page.getByLabel('E-mail address').waitFor()
  await page.evaluate(`Refgrow.on('affiliate:signup', (detail) => (window.signup = detail))`)
  await page.getByRole('button', { name: 'Join the program' }).click()
  await expect(page.getByRole('alert')).toHaveText('Enter an address like name@example.com.')
  await expect(page.getByLabel('E-mail address')).toBeFocused()
  await page.keyboard.type('eve@example.com')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Code from the email')).toBeFocused()
  expect(asked().at(-1)).toEqual({
    path: '/api/widget/join',
    body: { project_id: 'lively', email: 'eve@example.com', language: 'en' },
  })
  expect(await page.evaluate('window.signup')).toBeUndefined()
  await page.keyboard.type(CODE)
  await expect(page.getByText('Earned so far')).toBeVisible()
  await expect(page.getByText('northwind.example/?ref=ann-baker')).toBeVisible()
  expect(await page.evaluate('signup')).toEqual({ email: 'eve@example.com' })
})

test('somebody who has joined and joins again is asked for a code like anybody, and is in', async ({ page, visit }) => {
  await visit({ body: div('lively', 'data-project-email="ann@example.com"') + SCRIPT })
  await expect(page.getByLabel('E-mail address')).toHaveValue('ann@example.com')
  await page.evaluate(`Refgrow.on('affiliate:signup', (detail) => (window.signup = detail))`)
  await page.getByRole('button', { name: 'Join the program' }).click()
  await page.getByLabel('Code from the email').fill(CODE)
  await expect(page.getByText('Earned so far')).toBeVisible()
  expect(await page.evaluate('window.signup')).toBeUndefined()
})

test('somebody the page vouches for joins with one button and is in', async ({ page, visit }) => {
  await visit({ body: div('outsider') + SCRIPT })
  await expect(page.getByText('You join as ann@example.com')).toBeVisible()
  await expect(page.getByRole('textbox')).toHaveCount(0)
  await page.getByRole('button', { name: 'Join the program' }).click()
  await expect(page.getByText('Earned so far')).toBeVisible()
})

test("the owner's order holds, unknown blocks are left out", async ({ page, visit }) => {
  await visit({ body: div('reordered') + SCRIPT })
  await expect(page.getByRole('heading', { level: 3 })).toHaveText(['Earnings', 'Latest activity', 'All time'])
})

test('a paused account is told so', async ({ page, visit }) => {
  await visit({ body: div('inactive') + SCRIPT })
  await expect(page.getByText('Your account is paused.')).toBeVisible()
})
