/** One small server that is the shop, the checkout and the API at once, under any host name, and writes down who came. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Choices, choicesFor } from '../../server/public/track/choices.ts'
import { builtScript, builtWidget } from '../build.ts'

export interface Report {
  method: string
  what: string
  body: Record<string, unknown>
  type: string | undefined
  origin: string
}

export interface Answer {
  status?: number
  body?: unknown
  headers?: Record<string, string>
  after?: Promise<unknown>
}

export interface Reply {
  html: string
  headers?: Record<string, string>
}

export type Collector = Awaited<ReturnType<typeof startCollector>>

export async function startCollector() {
  const script = readFileSync(builtScript, 'utf8')
  const pages = new Map<string, Reply>()
  const reports: Report[] = []
  const visits: string[] = []
  let sentinels = 0
  let answer = (_report: Report, _count: number): Answer | undefined => undefined
  let choices: Choices | undefined
  let down = false

  const server = createServer((request, response) => void serve(request, response))

  async function serve(request: IncomingMessage, response: import('node:http').ServerResponse) {
    const url = new URL(request.url!, `http://${request.headers.host}`)
    if (url.pathname === '/latest.js') {
      return response.setHeader('content-type', 'text/javascript').end(script)
    }
    if (url.pathname === '/page.js') {
      return response.setHeader('content-type', 'text/javascript').end(readFileSync(builtWidget))
    }
    if (url.pathname === '/sentinel') {
      sentinels++
      return response.end()
    }
    if (url.pathname.startsWith('/api/track/')) return report(request, url, response)
    if (url.pathname === '/favicon.ico') return response.end()
    visits.push(url.host.replace(/:\d+$/, '') + url.pathname + url.search)
    const page = pages.get(url.pathname) ?? pages.get('*')
    response.setHeaders(new Map(Object.entries({ 'content-type': 'text/html', ...page?.headers })))
    return response.end(page?.html ?? '<!doctype html><title>Anywhere</title>')
  }

  async function report(request: IncomingMessage, url: URL, response: import('node:http').ServerResponse) {
    if (down) return request.socket.destroy()
    const entry: Report = {
      method: request.method!,
      what: url.pathname.slice('/api/track/'.length),
      body: JSON.parse((await text(request)) || '{}') as Record<string, unknown>,
      type: request.headers['content-type'],
      origin: request.headers.origin ?? '',
    }
    reports.push(entry)
    const { status, body, headers, after } = answer(entry, reports.length) ?? {}
    await after
    response.setHeaders(
      new Map(
        Object.entries({
          'access-control-allow-origin': request.headers.origin ?? '*',
          'access-control-allow-credentials': 'true',
          'content-type': 'application/json',
          ...headers,
        }),
      ),
    )
    const click = entry.what === 'click'
    response.statusCode = status ?? (click ? 200 : 202)
    const chosen = click && choices ? { choices: choicesFor(choices, entry.origin) } : {}
    return response.end(JSON.stringify(body ?? { success: true, data: { counted: true }, ...chosen }))
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const at = (host: string, path = '/') => `http://${host}:${port}${path}`

  return {
    reports,
    visits,
    /** The address of a path on any host: all of them are this server. */
    at,
    sentinels: () => sentinels,
    /** The script element, as a customer writes it. */
    tag: (attributes = '') =>
      `<script src="${at('refgrow.test', '/latest.js')}" data-project-id="42" ${attributes}></script>`,
    /** Serves a page under a path, on every host; '*' is every other path. */
    page: (path: string, html: string, headers?: Record<string, string>) => {
      pages.set(path, { html: `<!doctype html><title>Shop</title>${html}`, ...(headers && { headers }) })
    },
    /** Decides what the API answers to a report; nothing means success. */
    answerWith: (decide: typeof answer) => {
      answer = decide
    },
    /** What the project has chosen; told with every click's answer, as the server tells it. */
    choose: (chosen: Choices) => {
      choices = chosen
    },
    /** Lets the API hang up, as it does when it is down. */
    goDown: (now: boolean) => {
      down = now
    },
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
