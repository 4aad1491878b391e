/**
 * A stand-in for the API that keeps to widget-contract.ts, and the host pages the widget is tried on.
 * data-project-id chooses the answer: a name in fixtures.ts, a status (`500`), `never`, `gone` (the connection breaks)
 * or `flaky` (fails until it has been asked twice).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { rollup } from 'rollup'
import type { Answer, Dashboard, DashboardRequest, Joined, JoinRequest } from '../../server/public/widget-contract.ts'
import builds from '../../rollup.config.ts'
import { affiliate, DASHBOARDS } from './fixtures.ts'

export const GOOD_HASH = 'a'.repeat(64)

export interface Double {
  /** Where page.js and the API are. */
  api: string
  /** Another origin: the customer's site. */
  site: string
  /** The bodies received, with the path they came to. */
  log: { path: string; body: JoinRequest }[]
  /** What the host site answers for a path. */
  pages: Map<string, { html: string; headers?: Record<string, string> }>
  close(): Promise<void>
}

const ERRORS: Record<string, [number, string]> = {
  wrong_hash: [403, 'The user hash does not match'],
  project_not_found: [404, 'Project not found'],
  already_joined: [409, 'This e-mail has already joined'],
  rate_limited: [429, 'Too many requests'],
  internal: [500, 'Internal error'],
}

/** E-mails that were failed once. */
const flaky = new Set<string>()

export async function startDouble(port = 0): Promise<Double> {
  const script = await buildScript()
  const log: Double['log'] = []
  const pages: Double['pages'] = new Map()

  const api = createServer((request, response) => void answerApi(request, response, script, log))
  const site = createServer((request, response) => {
    const page = pages.get(new URL(request.url!, 'http://site').pathname)
    response.writeHead(page ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', ...page?.headers })
    response.end(page?.html ?? '')
  })
  const [apiPort, sitePort] = await Promise.all([listen(api, port), listen(site, port && port + 1)])

  return {
    api: `http://127.0.0.1:${apiPort}`,
    site: `http://127.0.0.1:${sitePort}`,
    log,
    pages,
    async close() {
      for (const server of [api, site]) {
        server.closeAllConnections()
        await new Promise((done) => server.close(done))
      }
    },
  }
}

async function answerApi(request: IncomingMessage, response: ServerResponse, script: string, log: Double['log']) {
  const { pathname } = new URL(request.url!, 'http://api')
  const headers = { 'access-control-allow-origin': '*' }
  const send = (status: number, type: string, text: string) =>
    response.writeHead(status, { ...headers, 'content-type': `${type}; charset=utf-8` }).end(text)

  if (pathname === '/page.js') return send(200, 'text/javascript', script)
  if (pathname.startsWith('/locales/')) {
    const words = await readFile(new URL(`../..${pathname}`, import.meta.url), 'utf8').catch(() => null)
    return words === null ? send(404, 'text/plain', '') : send(200, 'application/json', words)
  }
  if (request.method !== 'POST') return send(404, 'text/plain', '')

  const body = JSON.parse(await readText(request)) as JoinRequest
  log.push({ path: pathname, body })
  const wish = String(body.project_id)
  if (wish === 'never') return undefined
  if (wish === 'gone') return request.socket.destroy()
  if (wish === 'flaky') body.project_id = flaky.delete(body.email) ? 'lively' : (flaky.add(body.email), '500')

  const answer = pathname.endsWith('/join') ? join(body) : dashboard(body)
  const status = answer.success ? 200 : (ERRORS[answer.code]?.[0] ?? 500)
  return send(status, 'application/json', JSON.stringify(answer))
}

function dashboard({ project_id: id, email, hash }: DashboardRequest): Answer<Dashboard> {
  const failed = failureOf(String(id), hash)
  if (failed) return failed
  const known = DASHBOARDS[String(id)]
  if (!known) return failure('project_not_found')
  return { success: true, data: email && hash ? known : { ...known, proven: false, affiliate: null } }
}

function join({ project_id: id, email, hash }: JoinRequest): Answer<Joined> {
  const failed = failureOf(String(id), hash)
  if (failed) return failed
  if (email.startsWith('taken')) return failure('already_joined')
  const joined = affiliate({ email, totals: { clicks: 0, signups: 0, purchases: 0 }, daily: [], balances: [] })
  return { success: true, data: { referral_code: joined.referral_code, affiliate: hash ? joined : null } }
}

function failureOf(id: string, hash: string | undefined) {
  if (hash && hash !== GOOD_HASH) return failure('wrong_hash')
  const code = Object.entries(ERRORS).find(([, [status]]) => String(status) === id)?.[0]
  return code ? failure(code) : null
}

const failure = (code: string) => ({ success: false as const, error: ERRORS[code]![1], code })

/** page.js exactly as the project builds it. */
async function buildScript(): Promise<string> {
  const options = builds.find(({ input }) => input === 'widget/page.ts')!
  const bundle = await rollup(options)
  const { output } = await bundle.generate({ format: 'iife' })
  await bundle.close()
  return output[0].code
}

const listen = (server: ReturnType<typeof createServer>, port: number) =>
  new Promise<number>((done) => server.listen(port, '127.0.0.1', () => done((server.address() as AddressInfo).port)))

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
