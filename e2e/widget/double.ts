/**
 * A stand-in for the API that keeps to widget-contract.ts, and the host pages the widget is tried on.
 * data-project-id chooses the answer: a name in fixtures.ts, a status (`500`), `never`, `gone` (the connection breaks)
 * or `flaky` (fails until it has been asked twice).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { pack, versionOf, type Words } from '../../locales/compact.ts'
import { firstTexts } from '../../server/public/widget/first-texts.ts'
import type { Dashboard } from '../../server/public/widget/contract.ts'
import { builtWidget } from '../build.ts'
import { CODE, ERRORS, etagOf, GOOD_HASH, openDesk, type Ask, type Desk } from './desk.ts'

export { CODE, GOOD_HASH }

export interface Double {
  /** Where page.js and the API are. */
  api: string
  /** Another origin: the customer's site. */
  site: string
  /** The bodies received, with the path they came to. */
  log: { path: string; body: Ask }[]
  /** What it knows of programmes and affiliates, to be changed while somebody looks. */
  desk: Desk
  /** A status by the last part of a path, such as `live`: answered instead. */
  refuse: Map<string, number>
  /** How many dashboards are told of changes. */
  looking: () => number
  /** Ends the streams they are told through. */
  cut: () => void
  /** What the host site answers for a path. */
  pages: Map<string, { html: string; headers?: Record<string, string> }>
  close(): Promise<void>
}

/** E-mails that were failed once. */
const flaky = new Set<string>()
const PREFIX = '/api/widget/'
const PING = 15_000

interface Behind {
  script: string
  log: Double['log']
  desk: Desk
  refuse: Double['refuse']
  streams: Set<ServerResponse>
}

export async function startDouble(port = 0): Promise<Double> {
  const behind: Behind = {
    script: await readFile(builtWidget, 'utf8'),
    log: [],
    desk: openDesk(),
    refuse: new Map(),
    streams: new Set(),
  }
  const pages: Double['pages'] = new Map()

  const api = createServer((request, response) => void answerApi(request, response, behind))
  const site = createServer((request, response) => {
    const page = pages.get(new URL(request.url!, 'http://site').pathname)
    response.writeHead(page ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', ...page?.headers })
    response.end(page?.html ?? '')
  })
  const [apiPort, sitePort] = await Promise.all([listen(api, port), listen(site, port && port + 1)])

  return {
    api: `http://127.0.0.1:${apiPort}`,
    site: `http://127.0.0.1:${sitePort}`,
    ...behind,
    pages,
    looking: () => behind.streams.size,
    cut() {
      for (const stream of behind.streams) stream.end()
    },
    async close() {
      for (const server of [api, site]) {
        server.closeAllConnections()
        await new Promise((done) => server.close(done))
      }
    },
  }
}

async function answerApi(request: IncomingMessage, response: ServerResponse, behind: Behind) {
  const { pathname } = new URL(request.url!, 'http://api')
  const headers = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'ETag' }
  const send = (status: number, type: string, text: string, more = {}) =>
    response.writeHead(status, { ...headers, 'content-type': `${type}; charset=utf-8`, ...more }).end(text)

  if (pathname === '/page.js') return send(200, 'text/javascript', behind.script)
  if (pathname.startsWith('/banner-')) return send(200, 'image/svg+xml', banner(pathname))
  if (pathname.startsWith('/locales/')) {
    const words = await readWords(pathname)
    return words === null ? send(404, 'text/plain', '') : send(200, 'application/json', words)
  }
  if (request.method !== 'POST') return send(404, 'text/plain', '')

  const body = JSON.parse(await readText(request)) as Ask
  behind.log.push({ path: pathname, body: { ...body } })
  const wish = String(body.project_id)
  if (wish === 'never') return undefined
  if (wish === 'gone') return request.socket.destroy()
  if (wish === 'flaky') body.project_id = flaky.delete(body.email!) ? 'lively' : (flaky.add(body.email!), '500')

  const path = pathname.replace(PREFIX, '')
  const refused = behind.refuse.get(path)
  if (refused) return send(refused, 'text/plain', '')
  const live = path === 'live'
  const answer = behind.desk.answer(live ? 'dashboard' : path, body)
  const status = answer.success ? 200 : (ERRORS[answer.code]?.[0] ?? 500)
  if (live && answer.success) {
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    return stream(response, body, behind)
  }
  const etag = etagOf(answer)
  if (path === 'dashboard' && body.etag === etag) return response.writeHead(304, { ...headers, etag }).end()
  const texts =
    path === 'dashboard' && answer.success && body.locale && firstTexts(body.locale, answer.data as Dashboard)
  const text = JSON.stringify({ ...answer, ...(texts && { texts }) }).replaceAll(
    '{api}',
    `http://${request.headers.host}`,
  )
  return send(status, 'application/json', text, path === 'dashboard' && answer.success ? { etag } : {})
}

/** The dashboard's tag at once, and again whenever it changed. */
function stream(response: ServerResponse, ask: Ask, { desk, streams }: Behind) {
  const tell = () => {
    const answer = desk.answer('dashboard', ask)
    if (answer.success) response.write(`data: ${JSON.stringify({ etag: etagOf(answer) })}\n\n`)
    else response.end()
  }
  const stop = desk.watch(String(ask.project_id), tell)
  const ping = setInterval(() => response.write(': still here\n\n'), PING)
  streams.add(response)
  response.on('close', () => {
    stop()
    clearInterval(ping)
    streams.delete(response)
  })
  tell()
}

/** `/locales/de.json`, or what page.js reads: `/locales/de.<version of the keys>.json`. */
async function readWords(path: string): Promise<string | null> {
  const [, code = '', version] = /^\/locales\/(\w+)(?:\.(\w+))?\.json$/.exec(path) ?? []
  const read = async (name: string): Promise<Words> =>
    JSON.parse(await readFile(new URL(`../../locales/${name}.json`, import.meta.url), 'utf8'))
  const [words, english] = await Promise.all([read(code).catch(() => null), read('en')])
  if (!words || (version && version !== versionOf(english))) return null
  return JSON.stringify(version ? pack(words, english) : words)
}

/** `/banner-300x250.svg`: a plain picture of that size. */
function banner(path: string): string {
  const [width, height] = path.match(/\d+/g)!.map(Number) as [number, number]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#1d3b53"/><text x="24" y="${height / 2 + 8}" font-family="sans-serif" font-size="24" fill="#fff">Northwind: plans that hold</text></svg>`
}

const listen = (server: ReturnType<typeof createServer>, port: number) =>
  new Promise<number>((done) => server.listen(port, '127.0.0.1', () => done((server.address() as AddressInfo).port)))

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
