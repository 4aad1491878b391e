/** The reading side of Paddle's, Lemon Squeezy's and Polar's APIs as documented: keys, pages, single objects, 404, 429. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Row = Record<string, unknown> & { id: string; billed_at?: string }

export interface ProviderDouble {
  url: string
  key: string
  /** By path, oldest first: `rows['/v1/orders']`. */
  rows: Record<string, Row[]>
  requests: string[]
  /** Answers to the next requests before anything else is looked at. */
  trouble: number[]
  close(): Promise<void>
}

/** One page of rows that are sorted already, and what the provider says around them. */
type Paging = (rows: Row[], asked: URLSearchParams, path: string) => object

const cut = (rows: Row[], size: number, from: number) => rows.slice(from, from + size)

const PAGING: Record<'paddle' | 'lemonsqueezy' | 'polar', Paging> = {
  // Rows after a cursor; the address of the next page is Paddle's own.
  paddle: (rows, asked, path) => {
    const size = Math.min(Number(asked.get('per_page') ?? 50), path === '/adjustments' ? 50 : 30)
    const wanted = rows.filter(
      (row) =>
        (!asked.has('status') || row['status'] === asked.get('status')) &&
        (!asked.has('action') || row['action'] === asked.get('action')) &&
        (row.billed_at ?? '~') >= (asked.get('billed_at[GTE]') ?? ''),
    )
    if (asked.get('order_by')?.includes('DESC')) wanted.reverse()
    const from = wanted.findIndex(({ id }) => id === asked.get('after')) + 1
    const data = cut(wanted, size, from)
    const next = new URLSearchParams(asked)
    next.set('after', data.at(-1)?.id ?? '')
    const has_more = from + size < wanted.length
    return { data, meta: { pagination: { per_page: size, next: `https://api.paddle.com${path}?${next}`, has_more } } }
  },
  // Numbered pages, newest first.
  lemonsqueezy: (rows, asked) => {
    const [size, number] = [Number(asked.get('page[size]') ?? 10), Number(asked.get('page[number]') ?? 1)]
    const data = cut(rows.toReversed(), size, size * (number - 1))
    return {
      data,
      meta: { page: { currentPage: number, perPage: size, lastPage: Math.ceil(rows.length / size) || 1 } },
    }
  },
  polar: (rows, asked) => {
    const [size, number] = [Number(asked.get('limit') ?? 10), Number(asked.get('page') ?? 1)]
    const sorted = asked.get('sorting') === '-created_at' ? rows.toReversed() : rows
    const pagination = { total_count: rows.length, max_page: Math.ceil(rows.length / size) }
    return { items: cut(sorted, size, size * (number - 1)), pagination }
  },
}

export async function startProvider(provider: keyof typeof PAGING, key = 'key_double'): Promise<ProviderDouble> {
  const rows: ProviderDouble['rows'] = {}
  const requests: string[] = []
  const trouble: number[] = []
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://double')
    const path = pathname.replace(/\/$/, '')
    const problem = trouble.shift()
    if (problem !== undefined) return send(response, problem, {})
    if (request.headers.authorization !== `Bearer ${key}`) return send(response, 401, {})
    requests.push(`${request.method} ${path}`)
    if (rows[path]) return send(response, 200, PAGING[provider](rows[path], searchParams, path))
    const parent = path.slice(0, path.lastIndexOf('/'))
    const row = rows[parent]?.find(({ id }) => id === decodeURIComponent(path.slice(parent.length + 1)))
    if (!row) return send(response, 404, {})
    return send(response, 200, provider === 'polar' ? row : { data: row })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, key, rows, requests, trouble, close }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', ...(status === 429 && { 'retry-after': '0' }) })
  response.end(JSON.stringify(body))
}
