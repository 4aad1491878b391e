/** Examples made from schemas: what a reader of the reference sees, and a body that is accepted when it is sent. */
import type { JsonSchema } from './json-schema.ts'

/** Words that mean something to a reader, by the ending of the field's name. */
const BY_NAME: [RegExp, string][] = [
  [/email$/, 'ann@example.com'],
  [/currency$/, 'USD'],
  [/^(from|to|day|date)$/, '2026-11-20'],
  [/(_at|_date|date)$/, '2026-11-20T09:30:00.000Z'],
  [/(_earnings|^total|^eligible|^held|^paid|amount|balance)$/, '12.50'],
  [/url$|^website$/, 'https://shop.example.com'],
  [/coupon_code|coupon/, 'SUMMER26'],
  [/code$|slug$/, 'ANN'],
  [/reference$/, 'ORDER-123'],
  [/name$/, 'Ann'],
  [/^company$/, 'Acme'],
  [/^language$/, 'en'],
  [/^subject$/, 'conversion 12'],
  [/type$/, 'purchase'],
  [/status$/, 'active'],
]

/** Of a body's fields those that must be there, or the first when none must. */
export function sampleOf(schema: JsonSchema, name = ''): unknown {
  const {
    examples,
    default: otherwise,
    enum: values,
    anyOf,
    oneOf,
    allOf,
    type,
  } = schema as {
    examples?: unknown[]
    default?: unknown
    enum?: unknown[]
    anyOf?: JsonSchema[]
    oneOf?: JsonSchema[]
    allOf?: JsonSchema[]
    type?: string | string[]
  }
  if (examples && examples.length > 0) return examples[0]
  if ('const' in schema) return schema['const']
  if (otherwise !== undefined) return otherwise
  if (values) return values[0]
  const branch = (anyOf ?? oneOf)?.find((part) => part['type'] !== 'null') ?? allOf?.[0]
  if (branch) return sampleOf(branch, name)

  switch ([type].flat()[0]) {
    case 'object':
      return objectOf(schema)
    case 'array':
      return [sampleOf((schema['items'] ?? {}) as JsonSchema, name.replace(/s$/, ''))]
    case 'string':
      return textOf(schema, name)
    case 'integer':
      return Math.max(1, Number(schema['minimum'] ?? 1))
    case 'number':
      return /value|amount|rate|percent|threshold/.test(name) ? 12.5 : 1
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return {}
  }
}

function objectOf(schema: JsonSchema): Record<string, unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>)
  const required = (schema['required'] ?? []) as string[]
  const shown = properties.filter(([name]) => required.includes(name))
  return Object.fromEntries(
    (shown.length > 0 ? shown : properties.slice(0, 1)).map(([name, part]) => [name, sampleOf(part, name)]),
  )
}

function textOf({ format, pattern }: JsonSchema, name: string): string {
  if (format === 'email') return 'ann@example.com'
  if (format === 'date') return '2026-11-20'
  if (format === 'date-time') return '2026-11-20T09:30:00.000Z'
  if (format === 'uri') return 'https://shop.example.com'
  const fits = (text: string) => typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text)
  const known = BY_NAME.find(([ending, text]) => ending.test(name) && fits(text))?.[1]
  return known ?? ['text', '12.50', '2026-11-20', 'ann@example.com', '1'].find(fits) ?? 'text'
}
