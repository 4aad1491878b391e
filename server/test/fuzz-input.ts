/** Input for a route made from its OpenAPI description: mostly what it asks for, sometimes anything at all. */
import fc from 'fast-check'
import type { JsonSchema } from '../api/json-schema.ts'
import type { Operation } from '../api/openapi-document.ts'

export interface Request {
  path: string
  body?: unknown
}

/** Values that exist, by the name of the field: `affiliate_id`, `email`, `id`, ... */
export type Known = Record<string, (string | number)[]>

export function requestsFor(path: string, operation: Operation, known: Known): fc.Arbitrary<Request> {
  const { parameters, requestBody } = operation
  const inPath = parameters.filter((parameter) => parameter.in === 'path')
  const inQuery = parameters.filter((parameter) => parameter.in === 'query')
  const body = requestBody?.content['application/json'].schema
  return fc
    .record({
      path: fc.record(
        Object.fromEntries(inPath.map(({ name, schema }) => [name, usually(fitting(schema, name, known), asText)])),
      ),
      query: fc.record(
        Object.fromEntries(inQuery.map(({ name, schema }) => [name, usually(fitting(schema, name, known), asText)])),
        { requiredKeys: [] },
      ),
      body: body ? usually(fitting(body, '', known), hostile) : fc.constant(undefined),
    })
    .map(({ path: values, query, body }) => {
      const encoded = (value: unknown) => encodeURIComponent(wellFormed(String(value)))
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encoded(values[name]) || '%20')
      const search = Object.entries(query).map(([name, value]) => `${name}=${encoded(value)}`)
      return {
        path: `${filled}${search.length > 0 ? `?${search.join('&')}` : ''}`,
        ...(body !== undefined && { body }),
      }
    })
}

const usually = (right: fc.Arbitrary<unknown>, wrong: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: right, weight: 9 }, { arbitrary: wrong, weight: 1 })

/** What breaks programs. */
const texts = fc.constantFrom(
  '',
  ' ',
  "'; drop table affiliate; --",
  '<script>alert(1)</script>',
  '\0',
  'a\0b',
  '\ud800',
  '../../etc/passwd',
  '%',
  '_',
  'ſ',
  'İ',
  '💸'.repeat(40),
  'x'.repeat(5000),
  '1e400',
  '-1',
  '1.5',
  '9007199254740993',
  '99999999999999999999',
  'NaN',
  'true',
  'null',
  '2026-02-30',
  '0000-00-00',
  '__proto__',
  'constructor',
)
const asText = fc.oneof(texts, fc.string({ unit: 'binary', maxLength: 20 }))
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  texts,
  fc.constantFrom(null, true, false, -1, 0, 1.5, 1e308, 2 ** 53, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, [], {}, [[]]),
  fc.constantFrom<unknown>({ toString: 1 }, { length: -1 }, [null], { $ne: null }),
)

function fitting(schema: JsonSchema, name: string, known: Known): fc.Arbitrary<unknown> {
  const {
    enum: values,
    anyOf,
    type,
    items,
    pattern,
    format,
  } = schema as {
    enum?: unknown[]
    anyOf?: JsonSchema[]
    type?: string | string[]
    items?: JsonSchema
    pattern?: string
    format?: string
  }
  const exists = known[name]
  if ('const' in schema) return fc.constant(schema['const'])
  if (values) return fc.constantFrom(...values)
  if (anyOf) return fc.oneof(...anyOf.map((part) => fitting(part, name, known)))
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => fitting({ ...schema, type: one }, name, known)))
  const number = (key: string, otherwise: number) => (typeof schema[key] === 'number' ? schema[key] : otherwise)

  switch (type) {
    case 'object':
      return objects(schema, known)
    case 'array':
      return fc.array(usually(fitting(items ?? {}, name.replace(/s$/, ''), known), hostile), { maxLength: 4 })
    case 'integer': {
      const any = fc.integer({ min: number('minimum', -10), max: Math.min(number('maximum', 1000), 2 ** 31 - 1) })
      const numbers = exists?.filter((value) => typeof value === 'number') ?? []
      return numbers.length > 0 ? fc.oneof({ arbitrary: fc.constantFrom(...numbers), weight: 3 }, any) : any
    }
    case 'number':
      if (exists) return fc.constantFrom(...exists)
      return fc.oneof(fc.integer({ min: number('minimum', -10), max: 5000 }), fc.constantFrom(0, 0.1, 12.5, 19.99, 1e9))
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string': {
      const fit =
        exists?.filter((value) => typeof value === 'string' && (format !== 'email' || value.includes('@'))) ?? []
      if (fit.length > 0) return fc.oneof({ arbitrary: fc.constantFrom(...fit), weight: 3 }, words(format, pattern))
      return words(format, pattern)
    }
    default:
      return hostile
  }
}

function words(format: string | undefined, pattern: string | undefined): fc.Arbitrary<string> {
  if (format === 'email') return fc.integer({ min: 1, max: 60 }).map((number) => `person${number}@example.com`)
  if (format?.startsWith('date'))
    return fc.constantFrom('2026-11-20', '2026-01-31T23:59:59Z', '2026-11-20T09:30:00+02:00')
  if (format === 'uri') return fc.constantFrom('https://hooks.example.com/a', 'https://203.0.113.7/b')
  const plain = fc.constantFrom('USD', 'EUR', '12.50', 'ANN', 'BEN', 'ORDER-1', 'purchase', 'signup', 'x', '1')
  return pattern ? fc.oneof(plain, fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: 40 })) : plain
}

/** Every field that must be there and some that may; in every fourth, one is something else, or one nobody asked for. */
function objects(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>)
  const requiredKeys = (schema['required'] ?? []) as string[]
  const asked = fc.record(Object.fromEntries(properties.map(([name, part]) => [name, fitting(part, name, known)])), {
    requiredKeys,
  })
  const names = [...properties.map(([name]) => name), 'unknown_field']
  const wrong = fc
    .tuple(asked, fc.constantFrom(...names), hostile)
    .map(([object, name, value]) => ({ ...object, [name]: value }))
  return fc.oneof({ arbitrary: asked, weight: 3 }, wrong)
}

/** A lone surrogate cannot be put into an address. */
const wellFormed = (text: string): string => text.toWellFormed()
