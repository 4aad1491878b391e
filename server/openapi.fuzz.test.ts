/** Every operation of the API's own OpenAPI document, called with right and wrong input; and with another project's ids. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { z } from 'zod'
import type { JsonSchema } from './api/json-schema.ts'
import type { OpenApi, Operation } from './api/openapi-document.ts'
import { type Known, type Request, requestsFor } from './test/fuzz-input.ts'
import { checkout, type Programme, withProgramme } from './test/programme.ts'
import { type Rest, restOf } from './test/rest.ts'

/** The same input on every run; look further with FUZZ_SEED=1 FUZZ_RUNS=300. A failure prints its seed and path. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_120)
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 8)

/** Waits for somebody else's server: its own tests give it one. */
const CALLS_OUT = new Set(['testWebhook'])

withProgramme(
  'any input is answered as documented: never a 500, and a refusal names the field',
  async (programme) => {
    const document = await documentOf(programme)
    const schemas = answersOf(document)
    const api = restOf(programme)
    await populate(programme, api, 'own')

    for (const [method, path, operation] of inOrder(document)) {
      if (CALLS_OUT.has(operation.operationId ?? '')) continue
      const check = async (request: Request) => {
        const answer = await call(api, method, request)
        const schema = schemas.get(`${method} ${path} ${answer.status}`)
        const said = `${method} ${request.path} ${JSON.stringify(request.body) ?? ''} answered ${answer.status} ${JSON.stringify(answer.body)}`
        if (schema === undefined || answer.status >= 500) throw new Error(`${said}, which is not documented`)
        const checked = schema?.safeParse(answer.body)
        if (checked && !checked.success) throw new Error(`${said}: ${JSON.stringify(checked.error.issues)}`)
        if (answer.body.code === 'invalid_request' && !/^[\w.-]+: \S/.test(answer.body.error))
          throw new Error(`${said}, which names no field`)
      }
      await fc.assert(fc.asyncProperty(requestsFor(path, operation, await knownTo(api, path)), check), {
        seed: SEED,
        numRuns: RUNS,
        endOnFailure: true,
      })
    }
  },
  Math.max(60_000, RUNS * 4000),
)

withProgramme('the bodies the document shows are accepted', async (programme) => {
  const document = await documentOf(programme)
  const api = restOf(programme)
  await populate(programme, api, 'own')
  const refused: unknown[] = []
  for (const [method, path, { requestBody, operationId = '' }] of inOrder(document)) {
    if (!requestBody || CALLS_OUT.has(operationId)) continue
    const { example } = requestBody.content['application/json']
    const answer = await call(api, method, { path: filled(path, '1', '1'), body: example })
    if (answer.status === 400 && answer.body.code === 'invalid_request')
      refused.push([method, path, example, answer.body.error])
  }
  expect(refused).toEqual([])
})

withProgramme(
  "promise 8: another project's ids are not found, and nothing of it is told or changed",
  async (programme) => {
    const document = await documentOf(programme)
    const other = await programme.addProject('foreign project')
    const own = restOf(programme)
    const foreign = restOf(programme, other.apiKey)
    await populate({ ...programme, ...other }, foreign, 'foreign')
    await populate(programme, own, 'own')
    const before = await everythingOf(foreign, document)
    const wrong: string[] = []

    for (const [method, path, operation] of inOrder(document)) {
      const [collection = ''] = path.split('/{')
      const rows = await rowsOf(foreign, collection)
      const example = operation.requestBody?.content['application/json'].example
      const attempts: Request[] = []
      if (path.includes('{projectId}')) attempts.push({ path: filled(path, String(other.projectId), 'cus_foreign') })
      else if (path.includes('{'))
        for (const row of rows)
          for (const key of [row.id, row.user_email])
            if (key !== undefined && !(key === row.user_email && path.includes('{id}')))
              attempts.push({ path: filled(path, encodeURIComponent(key), 'none'), body: example })
      if (path.includes('{') && attempts.length === 0 && !path.includes('{provider}'))
        wrong.push(`${method} ${path}: no foreign row to try`)

      for (const attempt of attempts) {
        const answer = await call(own, method, attempt)
        if (answer.status !== 404)
          wrong.push(`${method} ${attempt.path} answered ${answer.status} ${answer.body.error ?? ''}`)
        if (
          /foreign/i.test(
            JSON.stringify(answer.body).replaceAll(decodeURIComponent(attempt.path.split('/')[4] ?? ''), ''),
          )
        )
          wrong.push(`${method} ${attempt.path} tells ${JSON.stringify(answer.body)}`)
      }
      if (method === 'GET' && !path.includes('{')) {
        const { body } = await own.get(path)
        if (/foreign/i.test(JSON.stringify(body))) wrong.push(`${method} ${path} tells ${JSON.stringify(body)}`)
      }

      // The same ids inside a body: an affiliate, a campaign, a person of the other project.
      const ownPath = path.includes('{')
        ? filled(path, String((await own.get(collection)).body.data?.[0]?.id ?? 1), '1')
        : path
      for (const [field, id] of await referencesIn(operation, foreign)) {
        const answer = await call(own, method, { path: ownPath, body: { ...(example as object), [field]: id } })
        if (answer.status !== 404)
          wrong.push(`${method} ${ownPath} with the foreign ${field} ${id} answered ${answer.status}`)
        if (/foreign/i.test(JSON.stringify(answer.body)))
          wrong.push(`${method} ${path} tells ${JSON.stringify(answer.body)}`)
      }
    }
    expect(wrong).toEqual([])
    expect(await everythingOf(foreign, document)).toEqual(before)
  },
)

interface Row {
  id: number
  user_email?: string
}

const documentOf = async ({ app }: Programme) => (await app.inject({ url: '/openapi.json' })).json<OpenApi>()

/** What makes something first, what removes it last. */
const inOrder = ({ paths }: OpenApi): [method: string, path: string, operation: Operation][] =>
  Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
        method.toUpperCase(),
        path,
        operation,
      ]),
    )
    .sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b))
const ORDER = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE']

/** The schema of each documented answer; null where there is no body. */
function answersOf(document: OpenApi): Map<string, z.ZodType | null> {
  const answers = new Map<string, z.ZodType | null>()
  for (const [method, path, { responses }] of inOrder(document))
    for (const [status, described] of Object.entries(responses)) {
      const { content } = resolved(document, described) as Operation['responses'][string]
      const schema = content?.['application/json'].schema
      const known = schema ? z.fromJSONSchema(resolved(document, schema) as never) : null
      answers.set(`${method} ${path} ${status}`, known)
    }
  return answers
}

/** With what its `$ref`s point to in their place. */
function resolved(document: OpenApi, part: unknown): unknown {
  if (Array.isArray(part)) return part.map((inner) => resolved(document, inner))
  if (typeof part !== 'object' || part === null) return part
  const reference = (part as JsonSchema)['$ref']
  if (typeof reference === 'string') {
    const [, , kind, name] = reference.split('/')
    return resolved(document, document.components[kind as 'schemas'][name ?? ''])
  }
  return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, resolved(document, inner)]))
}

function call(api: Rest, method: string, { path, body }: Request) {
  if (method === 'POST') return api.post(path, body)
  if (method === 'PUT') return api.put(path, body)
  return method === 'DELETE' ? api.del(path) : api.get(path)
}

const filled = (path: string, first: string | number, others: string): string =>
  path.replace(/\{\w+\}/, String(first)).replace(/\{\w+\}/g, others)

/** A small programme whose every name tells whose it is. */
async function populate(programme: Pick<Programme, 'deliver' | 'projectId'>, api: Rest, whose: string) {
  const made = async (path: string, body: object) => {
    const answer = await api.post(path, body)
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body.data as { id: number }
  }
  const { id: affiliate } = await made('affiliates', {
    email: `${whose}-ann@example.com`,
    referral_code: `${whose}-ANN`,
  })
  await made('affiliates', { email: `${whose}-ben@example.com`, referral_code: `${whose}-BEN` })
  await made('coupons', { affiliate_id: affiliate, coupon_code: `${whose}-coupon` })
  await made('referrals', { email: `${whose}-buyer@example.com`, affiliate_id: affiliate })
  await made('campaigns', { name: `${whose} campaign`, terms: { kind: 'percent', rate: 10 } })
  await made('webhooks', { url: `https://hooks.example.com/${whose}`, events: ['referral_converted'] })
  await made('conversions', {
    type: 'purchase',
    affiliate_id: affiliate,
    email: `${whose}-customer@example.com`,
    base_value: 100,
    base_value_currency: 'USD',
    reference: `${whose}-order`,
  })
  await made('payouts', { affiliate_id: affiliate, amount: 1, currency: 'USD' })
  await made('materials', { kind: 'text', title: `${whose} text`, text: `${whose} words` })
  const sale = checkout({ id: `${whose}-one`, amount: 5000, code: `${whose}-ANN`, email: `${whose}-one@example.com` })
  await programme.deliver(sale, { to: programme.projectId })
}

/** What a caller could know: ids and e-mails that exist, and words that mean something. */
async function knownTo(api: Rest, path: string): Promise<Known> {
  const known: Known = { ...WORDS }
  for (const [list, field] of [
    ['affiliates', 'affiliate_id'],
    ['referrals', 'referred_user_id'],
    ['campaigns', 'campaign_id'],
    ['conversions', 'id'],
  ] as const) {
    const rows = await rowsOf(api, `/api/v1/${list}`)
    known[field] = rows.map(({ id }) => id)
    if (field === 'affiliate_id') known['parent'] = known[field]
  }
  const rows = path.includes('/{') ? await rowsOf(api, path.split('/{')[0] ?? '') : []
  if (rows.length > 0) {
    known['id'] = rows.map(({ id }) => id)
    known['email'] = rows.flatMap(({ user_email, id }) => (user_email ? [user_email, String(id)] : []))
  }
  return Object.fromEntries(Object.entries(known).filter(([, values]) => values.length > 0))
}

const WORDS: Known = {
  limit: [1, 500, 100_000],
  referral_code: ['own-ANN', 'own-BEN'],
  type: ['purchase', 'signup'],
  currency: ['USD', 'eur'],
  base_value_currency: ['USD', 'eur'],
  rate: [20, '12.5', 0],
  amount: [1, '2.50', 0.01],
  cap: [100, '9.99'],
  url: ['https://hooks.example.com/a'],
}

/** What the other project's list at this path shows; deliveries are listed below their webhook. */
async function rowsOf(api: Rest, collection: string): Promise<Row[]> {
  if (!collection.endsWith('/webhooks/deliveries')) return (await api.get(collection)).body.data ?? []
  const [webhook] = await rowsOf(api, '/api/v1/webhooks')
  return (await api.get(`/api/v1/webhooks/${webhook?.id}/deliveries`)).body.data
}

/** Everything its lists show. */
async function everythingOf(api: Rest, document: OpenApi): Promise<Record<string, unknown>> {
  const shown: Record<string, unknown> = {}
  for (const path of Object.keys(document.paths))
    if (document.paths[path]?.['get'] && !path.includes('{')) shown[path] = (await api.get(`${path}?limit=500`)).body
  return shown
}

const REFERENCES: Record<string, string> = {
  affiliate_id: 'affiliates',
  campaign_id: 'campaigns',
  referred_user_id: 'referrals',
  parent: 'affiliates',
}

async function referencesIn({ requestBody }: Operation, foreign: Rest): Promise<[field: string, id: number][]> {
  const fields = Object.keys(requestBody?.content['application/json'].schema['properties'] ?? {})
  const found: [string, number][] = []
  for (const [field, list] of Object.entries(REFERENCES))
    if (fields.includes(field))
      for (const { id } of (await foreign.get(list)).body.data as Row[]) found.push([field, id])
  return found
}
