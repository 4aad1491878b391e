/** Settings as people write and read them: amounts in the major units of the project's currency. */
import { z } from 'zod'
import { DomainError } from '../kit/errors.ts'
import { formatMinor, typedAmount } from '../kit/money.ts'
import { Settings } from './settings.ts'

/** Kept in minor units of the project's currency. */
const MONEY = ['payout_minimum'] as const
const isMoney = (key: string): key is (typeof MONEY)[number] => MONEY.some((name) => name === key)

/** What lists look like: their schema says it in more words than help. */
const LISTS: Record<string, string> = {
  cross_domains: '["acme.example"]',
  signup_fields: '[{"id":"name","required":true}]',
  payout_kinds: '["paypal","wise"]',
  widget_blocks_config: '[{"id":"header","enabled":true,"order":1}]',
}

/**
 * One setting from text: JSON where it is JSON, else the text itself.
 * @throws DomainError 'invalid_request' naming the key and what was expected
 */
export function parseSetting(key: keyof Settings, text: string, currency: string): Partial<Settings> {
  const schema: z.ZodType = Settings.shape[key]
  const values = isMoney(key) ? [typedAmount(text, currency, `Setting ${key}`)] : [asJson(text), text]
  for (const value of values) {
    const result = schema.safeParse(value)
    if (result.success) return { [key]: result.data }
  }
  throw new DomainError(
    'invalid_request',
    `Setting ${key}: expected ${expectation(key, schema, values[0])}, got "${text}"`,
  )
}

/** All settings, and the currency that their amounts are in. */
export function settingsAsText(settings: Settings, currency: string): Record<string, unknown> {
  const amounts = MONEY.map((key) => [key, formatMinor(settings[key], currency)])
  return { ...settings, ...Object.fromEntries(amounts), currency }
}

/** A single setting, as `settings set` repeats it. */
export const settingAsText = (key: keyof Settings, settings: Settings, currency: string): string =>
  isMoney(key) ? `${formatMinor(settings[key], currency)} ${currency}` : written(settings[key])

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

interface Shape {
  type?: string
  enum?: unknown[]
  minimum?: number
  maximum?: number
  maxLength?: number
  pattern?: string
  format?: string
  anyOf?: Shape[]
}

function expectation(key: string, schema: z.ZodType, value: unknown): string {
  if (key in LISTS && !Array.isArray(value)) return `a JSON list such as ${LISTS[key]}`
  if (isMoney(key)) return 'a smaller amount'
  const message = schema.safeParse(value).error?.issues[0]?.message ?? 'another value'
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape
  return (shape.anyOf ?? [shape]).map((one) => (one.type === 'null' ? 'null' : (plainly(one) ?? message))).join(' or ')
}

/** Where the schema has no words of its own. */
function plainly({ type, enum: names, minimum, maximum, maxLength, pattern, format }: Shape): string | undefined {
  if (names) return `one of ${names.join(', ')}`
  if (type === 'boolean') return 'true or false'
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`
  if (type === 'string' && !pattern && !format) return `text of at most ${maxLength} characters`
  return undefined
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
