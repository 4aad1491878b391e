/**
 * Stripe's API as documented, as far as it is used: keys, form bodies, idempotency, errors in Stripe's shape, lists newest
 * first with cursors, expansion, and "too many requests" when a story asks for it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Fields = Record<string, unknown>
export type StripeObject = Fields & { id: string }

export interface StripeDouble {
  url: string
  key: string
  /** By collection, oldest first: `objects.invoices`. */
  objects: Record<Collection, StripeObject[]>
  /** `POST /v1/coupons`, one entry per request that was not turned away. */
  requests: string[]
  /** Answers to the next requests before anything else is looked at: a status, or `hang`. */
  trouble: (number | 'hang')[]
  close(): Promise<void>
}

const COLLECTIONS = [
  'webhook_endpoints',
  'invoices',
  'invoice_payments',
  'refunds',
  'payment_intents',
  'subscriptions',
  'coupons',
  'promotion_codes',
  'checkout/sessions',
] as const
export type Collection = (typeof COLLECTIONS)[number]

interface Reply {
  status: number
  body: Fields
  headers?: Record<string, string>
}

const PREFIX: Partial<Record<Collection, string>> = { webhook_endpoints: 'we', promotion_codes: 'promo', coupons: '' }

export async function startStripe(key = 'sk_test_double'): Promise<StripeDouble> {
  const objects = Object.fromEntries(COLLECTIONS.map((name) => [name, []])) as unknown as StripeDouble['objects']
  const requests: string[] = []
  const trouble: StripeDouble['trouble'] = []
  const kept = new Map<string, { asked: string; reply: Reply }>()

  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const problem = trouble.shift()
      if (problem === 'hang') return
      send(response, problem === undefined ? answer(request, body) : troubled(problem))
    })
  })

  function answer(request: IncomingMessage, body: string): Reply {
    if (request.headers.authorization !== `Bearer ${key}`)
      return failed(401, 'invalid_request_error', 'Invalid API Key provided: sk_test_***ong')
    const asked = `${request.method} ${request.url} ${body}`
    const idempotency = request.headers['idempotency-key']
    const before = idempotency === undefined ? undefined : kept.get(String(idempotency))
    if (before && before.asked !== asked)
      return failed(400, 'idempotency_error', 'Keys for idempotent requests can only be used with the same parameters')
    if (before) return { ...before.reply, headers: { 'idempotent-replayed': 'true' } }
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://double')
    requests.push(`${request.method} ${pathname}`)
    const fields = fieldsOf(request.method === 'POST' ? new URLSearchParams(body) : searchParams)
    const reply = serve(request.method ?? 'GET', pathname, fields)
    if (idempotency !== undefined) kept.set(String(idempotency), { asked, reply })
    return reply
  }

  function serve(method: string, path: string, fields: Fields): Reply {
    const collection = COLLECTIONS.find((name) => path === `/v1/${name}` || path.startsWith(`/v1/${name}/`))
    if (!collection) return failed(404, 'invalid_request_error', `Unrecognized request URL (${method}: ${path}).`)
    const rows = objects[collection]
    const id = decodeURIComponent(path.slice(`/v1/${collection}/`.length))
    if (!id) return method === 'POST' ? create(collection, fields) : list(rows, path, fields)
    const index = rows.findIndex((row) => row.id === id)
    const row = rows[index]
    if (!row) return failed(404, 'invalid_request_error', `No such ${collection}: '${id}'`, 'resource_missing')
    if (method === 'DELETE') {
      rows.splice(index, 1)
      return { status: 200, body: { id, object: row['object'], deleted: true } }
    }
    if (method === 'POST') {
      const { disabled, ...changes } = fields
      Object.assign(row, changes, disabled !== undefined && { status: disabled === 'true' ? 'disabled' : 'enabled' })
    }
    return { status: 200, body: collapsed(row, expansions(fields)) }
  }

  function create(collection: Collection, fields: Fields): Reply {
    const refusal = WRONG[collection]?.(fields, objects[collection])
    if (refusal) return refusal
    const prefix = PREFIX[collection] ?? collection
    const row: StripeObject = {
      id: `${prefix}_${objects[collection].length + 1}`,
      object: collection.replace(/s$/, ''),
      created: Math.floor(Date.now() / 1000),
      livemode: false,
      ...fields,
      ...(collection === 'webhook_endpoints' && { status: 'enabled' }),
      ...(collection === 'promotion_codes' && { active: true }),
    }
    objects[collection].push(row)
    const secret = collection === 'webhook_endpoints' && { secret: `whsec_of_${row.id}` }
    return { status: 200, body: { ...row, ...secret } }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    key,
    objects,
    requests,
    trouble,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What Stripe refuses to make. */
const WRONG: Partial<Record<Collection, (fields: Fields, rows: StripeObject[]) => Reply | undefined>> = {
  webhook_endpoints: ({ url, enabled_events: events }) => {
    if (!String(url).startsWith('https://'))
      return failed(400, 'invalid_request_error', 'Invalid URL: URL must be publicly accessible', 'url_invalid')
    return Array.isArray(events) && events.length > 0
      ? undefined
      : failed(400, 'invalid_request_error', 'Missing required param: enabled_events.')
  },
  coupons: ({ id, percent_off, amount_off, currency }, rows) => {
    if (rows.some((row) => row.id === id))
      return failed(400, 'invalid_request_error', 'Coupon already exists.', 'resource_already_exists')
    if ((percent_off === undefined) === (amount_off === undefined))
      return failed(400, 'invalid_request_error', 'You must pass either percent_off or amount_off, not both.')
    return amount_off !== undefined && !currency
      ? failed(400, 'invalid_request_error', 'You must pass currency when passing amount_off')
      : undefined
  },
  promotion_codes: ({ code }, rows) => {
    if (!/^[A-Za-z0-9-]+$/.test(String(code)))
      return failed(400, 'invalid_request_error', 'Promotion codes may only have letters, digits and dashes.')
    return rows.some(
      (row) => String(row['active']) === 'true' && String(row['code']).toLowerCase() === String(code).toLowerCase(),
    )
      ? failed(400, 'invalid_request_error', 'An active promotion code with this code already exists.')
      : undefined
  },
}

function list(rows: StripeObject[], path: string, fields: Fields): Reply {
  const { limit = '10', starting_after, expand: _, ...filters } = fields
  if (Number(limit) > 100) return failed(400, 'invalid_request_error', 'Limit must be between 1 and 100')
  const matching = rows.filter((row) => fits(row, filters)).toReversed()
  const from = starting_after === undefined ? 0 : matching.findIndex((row) => row.id === starting_after) + 1
  const data = matching.slice(from, from + Number(limit))
  const expand = expansions(fields).map((name) => name.replace(/^data\./, ''))
  const has_more = from + data.length < matching.length
  return { status: 200, body: { object: 'list', url: path, has_more, data: data.map((row) => collapsed(row, expand)) } }
}

/** `created[gte]=1`, `status=paid`, `payment[payment_intent]=pi_1`. */
function fits(row: Fields, filters: Fields): boolean {
  return Object.entries(filters).every(([name, wanted]) => {
    if (name === 'coupon') return (row['promotion'] as Fields | undefined)?.['coupon'] === wanted
    if (name === 'created') return Number(row['created']) >= Number((wanted as Fields)['gte'])
    if (typeof wanted === 'object' && wanted !== null) return fits((row[name] ?? {}) as Fields, wanted as Fields)
    return String(row[name]) === wanted
  })
}

const expansions = ({ expand = [] }: Fields): string[] => (Array.isArray(expand) ? (expand as string[]) : [])

/** Discounts are ids unless they are asked for. */
function collapsed(row: StripeObject, expand: string[]): StripeObject {
  const discounts = row['discounts']
  if (!Array.isArray(discounts)) return row
  const asked = expand.some((name) => name.startsWith('discounts'))
  const whole = expand.includes('discounts.promotion_code')
  return {
    ...row,
    discounts: (discounts as { id: string; promotion_code: { id: string } | null }[]).map((discount) => {
      if (!asked) return discount.id
      return whole ? discount : { ...discount, promotion_code: discount.promotion_code?.id ?? null }
    }),
  }
}

/** `a[b]=1&c[0]=x&c[1]=y` */
function fieldsOf(params: URLSearchParams): Fields {
  const fields: Fields = {}
  for (const [name, value] of params) {
    const path = name.replaceAll(']', '').split('[')
    let inside = fields
    for (const step of path.slice(0, -1)) inside = (inside[step] ??= {}) as Fields
    inside[path.at(-1) ?? ''] = value
  }
  return withLists(fields) as Fields
}

function withLists(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const names = Object.keys(value)
  const inner = Object.values(value).map(withLists)
  if (names.length > 0 && names.every((name) => /^\d*$/.test(name))) return inner
  return Object.fromEntries(names.map((name, index) => [name, inner[index]]))
}

const failed = (status: number, type: string, message: string, code?: string): Reply => ({
  status,
  body: { error: { type, message, ...(code && { code }) } },
})

const troubled = (status: number): Reply => ({
  ...(status === 429
    ? failed(429, 'invalid_request_error', 'Too many requests', 'rate_limit')
    : failed(status, 'api_error', 'Something went wrong')),
  ...(status === 429 && { headers: { 'retry-after': '0' } }),
})

async function read(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_double', ...headers })
  response.end(JSON.stringify(body))
}
