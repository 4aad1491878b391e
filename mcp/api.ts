/** The public API as the tools call it: over HTTP from stdio, in the same process from `/mcp`. */

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/api/v1`, such as `/affiliates`. */
  path: string
  query?: Record<string, unknown>
  body?: unknown
}

export interface ApiAnswer {
  status: number
  /** Parsed JSON; null where there was none. */
  body: unknown
}

/** @throws Error with one sentence when the API cannot be reached */
export type Api = (request: ApiRequest) => Promise<ApiAnswer>

const PATIENCE_MS = 30_000

/** @param url the API's address; without a path it is the server's own, and `/api/v1` is added */
export function apiOver(url: string, key: string): Api {
  const base = baseOf(url)
  return async ({ method, path, query = {}, body }) => {
    try {
      const response = await fetch(`${base}${path}${queryOf(query)}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: parse(await response.text()) }
    } catch (error) {
      throw new Error(`The Refgrow API at ${base} does not answer (${reasonOf(error)}); is the server running?`, {
        cause: error,
      })
    }
  }
}

/** `?limit=10&paid=true`; what is undefined is left out. */
export function queryOf(query: Record<string, unknown>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function baseOf(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Error(`REFGROW_API_URL is wrong: expected an address such as http://localhost:3000/api/v1, got "${url}"`)
  const { origin, pathname } = new URL(url)
  const path = pathname.replace(/\/+$/, '')
  return origin + (path || '/api/v1')
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${PATIENCE_MS / 1000} seconds`
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message
}
