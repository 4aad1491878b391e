import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PROVIDER_NAMES, PROVIDERS, type ProviderName, providerNamed } from './registry.ts'

/** An event that holds nothing but its name: understood where it is refused for what it lacks. */
const BARE: Record<ProviderName, (name: string) => object> = {
  stripe: (type) => ({ type, created: 1, data: { object: {} } }),
  paddle: (event_type) => ({ event_type, data: {} }),
  lemonsqueezy: (event_name) => ({
    meta: { event_name },
    data: { type: /payment/.test(event_name) ? 'subscription-invoices' : `${event_name.split('_')[0]}s` },
  }),
  polar: (type) => ({ type, data: {} }),
}

test('each provider stands under its own name', () => {
  expect(PROVIDER_NAMES.map((name) => PROVIDERS[name].name)).toEqual(PROVIDER_NAMES)
  expect(PROVIDER_NAMES.map((name) => providerNamed(name).name)).toEqual(PROVIDER_NAMES)
  for (const name of ['Stripe', 'constructor', ''])
    expect(() => providerNamed(name)).toThrow(/expected one of stripe, paddle, lemonsqueezy, polar$/)
})

test.each(PROVIDER_NAMES)('each event to tick at %s is one that is understood', (name) => {
  const unused = PROVIDERS[name].setup.events.filter((event) => {
    try {
      const told = providerNamed(name).parse(JSON.stringify(BARE[name](event)))
      return told.kind === 'ignored' && /not used/.test(told.reason)
    } catch {
      return false
    }
  })
  expect(unused).toEqual([])
  expect(new Set(PROVIDERS[name].setup.events).size).toBe(PROVIDERS[name].setup.events.length)
})

const page = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8')

test.each(PROVIDER_NAMES)('docs/providers.md lists exactly the events of %s', (name) => {
  const chapter = page.split('\n## ').find((text) => text.startsWith(`${PROVIDERS[name].title}\n`)) ?? ''
  const listed = [...chapter.matchAll(/^- (.*)$/gm)].flatMap(([, line = '']) =>
    [...line.matchAll(/`([^`]+)`/g)].map(([, event]) => event),
  )
  expect(listed).toEqual(PROVIDERS[name].setup.events)
})
