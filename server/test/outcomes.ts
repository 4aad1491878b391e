/** What events come to: exactly, and whatever else the provider says beside. */
import { describe, expect, test } from 'vitest'
import type { Provider } from '../providers/provider.ts'

/** What happened, the event, and what is told by it, without who said it, when, and for which mode. */
export type Case = [what: string, event: object, told: object]

/**
 * Each as it is built, without the fields that hold nothing (versions of an API differ in them), and among fields that nobody
 * knows (a provider's own events have many more than are used here).
 */
export function testOutcomes(provider: Provider, cases: Case[], { testMode }: { testMode: boolean }): void {
  const always = { provider: provider.name, test: testMode, occurred_at: '2026-11-20T12:00:00.000Z' }
  const parse = (event: object) => provider.parse(JSON.stringify(event))

  describe('comes to exactly this, with fields left out or added as well', () => {
    test.each(cases)('%s', (_what, event, told) => {
      const expected = (told as { kind: string }).kind === 'ignored' ? told : { ...always, ...told }
      expect(parse(event)).toEqual(expected)
      expect(parse(thinned(event))).toEqual(expected)
      expect(parse(padded(event))).toEqual(expected)
    })
  })
}

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isEmpty = (value: unknown) => value === null || (isFields(value) && Object.keys(value).length === 0)

function thinned(value: unknown): never {
  if (Array.isArray(value)) return value.map(thinned) as never
  if (!isFields(value)) return value as never
  const said = Object.entries(value).filter(([, field]) => !isEmpty(field))
  return Object.fromEntries(said.map(([name, field]) => [name, thinned(field)])) as never
}

function padded(value: unknown): never {
  if (Array.isArray(value)) return value.map(padded) as never
  if (!isFields(value)) return value as never
  const fields = Object.entries(value).map(([name, field]) => [name, padded(field)])
  return {
    ...Object.fromEntries(fields),
    x_unknown: { id: 'x_1', amount: 1 },
    x_list: [{ id: 'x_2' }],
    x_nothing: null,
  } as never
}
