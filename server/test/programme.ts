/** A programme to tell stories with: a project, its affiliates, and an app to call. */
import { createHmac } from 'node:crypto'
import type { FastifyInstance, InjectOptions } from 'fastify'
import pino from 'pino'
import Stripe from 'stripe'
import { buildApp } from '../app.ts'
import { loadConfig } from '../config.ts'
import type { Context } from '../context.ts'
import { createAffiliate } from '../core/affiliate/affiliate.ts'
import { createApiKey } from '../core/project/api-key.ts'
import { newRule } from '../core/terms/rule.ts'
import { balanceAt } from '../core/ledger/ledger.ts'
import { changeSettings, defaultCampaignId } from '../core/project/project.ts'
import { createProject } from '../core/terms/new-project.ts'
import { connectProvider } from '../core/project/provider-connection.ts'
import type { Settings } from '../core/project/settings.ts'
import type { Db, Instant } from '../db/schema.ts'
import { createSealer, type Sealer } from '../secrets.ts'
import { type FreshDatabase, onBothDatabases } from './databases.ts'
import { retried } from '../db/retried.ts'

export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
export const WEBHOOK_SECRET = 'whsec_test'
export const HMAC_SECRET = 'the-project-secret'

export interface Programme extends FreshDatabase {
  app: FastifyInstance
  sealer: Sealer
  projectId: number
  apiKey: string
  clock: { now(): Instant; set(now: Instant): void }
  /** A further project in the same database. */
  addProject: (name: string) => Promise<{ projectId: number; apiKey: string }>
  addAffiliate: (code: string, email?: string) => Promise<number>
  setTerms: (terms: { percent: number; holdDays?: number }) => Promise<void>
  set: (settings: Partial<Settings>) => Promise<void>
  get: (url: string, key?: string) => Promise<Answer>
  /** A call of REST v1: `call('PUT', '/conversions/1', { ... })`. */
  call: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, key?: string) => Promise<Answer>
  /** As the browser's script posts it: JSON as text/plain. */
  post: (url: string, body: unknown, headers?: Record<string, string>) => Promise<Answer>
  /** Of a new visitor, whose address nobody else has. */
  click: (code: string, clickId: string, headers?: Record<string, string>) => Promise<Answer>
  /** An event as the tracker reports it: after the click it remembers, which is made first where the event names a code. */
  report: (event: Record<string, unknown> & { referral_code?: string; click_id?: string }) => Promise<Answer>
  deliver: (event: object, options?: { secret?: string; to?: number }) => Promise<Answer>
  /** Decimal text per field in the programme's currency: what the API says. */
  earningsOf: (email: string) => Promise<Record<'total' | 'eligible' | 'held' | 'paid', string>>
  tables: () => Promise<Record<string, unknown[]>>
}

export interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests assert the shape
  body: any
  headers: Record<string, unknown>
}

/**
 * A test on both engines that starts with a programme: 20 %, no hold, Stripe connected, website https://shop.test.
 * @param env configuration the story is about; without it there are no rate limits
 */
export function withProgramme(
  title: string,
  story: (programme: Programme) => Promise<void>,
  timeout?: number,
  env?: Record<string, string>,
): void {
  onBothDatabases(
    title,
    async (fresh) => {
      const programme = await createProgramme(fresh, env)
      try {
        await story(programme)
      } finally {
        await programme.app.close()
      }
    },
    timeout,
  )
}

const UNLIMITED = {
  RATE_LIMIT_KEY_PER_MINUTE: '0',
  RATE_LIMIT_IP_PER_MINUTE: '0',
  RATE_LIMIT_KEY_PER_HOUR: '0',
  RATE_LIMIT_PUBLIC_PER_MINUTE: '0',
  RATE_LIMIT_LINK_PER_MINUTE: '0',
}

export async function createProgramme(fresh: FreshDatabase, env: Record<string, string> = {}): Promise<Programme> {
  const { db, url } = fresh
  let time: Instant = '2026-11-20T12:00:00.000Z'
  const clock = { now: () => time, set: (now: Instant) => void (time = now) }
  const sealer = createSealer(Buffer.alloc(32, 7))
  const context: Context = { config: loadConfig({ DATABASE_URL: url, ...UNLIMITED, ...env }), db, clock, sealer }
  // LOG_LEVEL=error shows what is behind a 500.
  const level = process.env['LOG_LEVEL']
  const app = await buildApp({ ...context, ...(level && { logger: pino({ level }) }), scripts: false, liveLookMs: 20 })

  const addProject = (name: string) =>
    retried(db, async (tx) => {
      const project = await createProject(
        tx,
        { name, website: 'https://shop.test', currency: 'USD', hmac_secret_sealed: sealer.seal(HMAC_SECRET) },
        time,
      )
      await connectProvider(tx, project.id, 'stripe', sealer.seal(WEBHOOK_SECRET), time)
      return { projectId: project.id, apiKey: (await createApiKey(tx, project.id, 'test', time)).key }
    })
  const { projectId, apiKey } = await addProject('Acme')

  const answer = async (options: InjectOptions): Promise<Answer> => {
    const response = await app.inject(options)
    return {
      status: response.statusCode,
      body: response.body.startsWith('{') ? response.json() : {},
      headers: response.headers,
    }
  }

  const posting = (url: string, body: unknown, headers: Record<string, string>) => ({
    method: 'POST' as const,
    url,
    payload: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'text/plain', 'user-agent': BROWSER, ...headers },
  })
  let visitors = 0

  const programme: Programme = {
    ...fresh,
    app,
    sealer,
    projectId,
    apiKey,
    clock,
    addProject,
    addAffiliate: async (code, email = `${code.toLowerCase()}@example.com`) =>
      (await retried(db, (tx) => createAffiliate(tx, projectId, { email, referral_code: code }, time))).id,
    setTerms: ({ percent, holdDays = 0 }) =>
      retried(db, async (tx) => {
        const terms = {
          kind: 'percent' as const,
          basis_points: percent * 100,
          amount: null,
          currency: null,
          hold_days: holdDays,
        }
        await newRule(tx, projectId, await defaultCampaignId(tx, projectId), terms, time)
      }),
    set: async (settings) => void (await retried(db, (tx) => changeSettings(tx, projectId, settings))),
    get: (url, key = apiKey) => answer({ method: 'GET', url, headers: { authorization: `Bearer ${key}` } }),
    call: (method, path, body, key = apiKey) =>
      answer({
        method,
        url: `/api/v1${path}`,
        headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { payload: JSON.stringify(body) }),
      }),
    post: (url, body, headers = {}) => answer(posting(url, body, headers)),
    click: (code, clickId, headers = {}) => {
      const url = `https://shop.test/?ref=${code}`
      visitors += 1
      return answer({
        ...posting('/api/track/click', { project_id: projectId, referral_code: code, click_id: clickId, url }, headers),
        remoteAddress: `127.1.${visitors >> 8}.${visitors & 255}`,
      })
    },
    report: async (event) => {
      const { referral_code: code } = event
      const click_id = code && (event.click_id ?? `visit-of-${code}`)
      if (click_id) await programme.click(code, click_id)
      return programme.post('/api/track/event', { project_id: projectId, ...(click_id && { click_id }), ...event })
    },
    deliver: (event, { secret = WEBHOOK_SECRET, to = projectId } = {}) => {
      const payload = JSON.stringify(event)
      const signature = new Stripe('sk_test_none').webhooks.generateTestHeaderString({ payload, secret })
      return answer({
        method: 'POST',
        url: `/webhook/stripe/${to}`,
        payload,
        headers: { 'content-type': 'application/json', 'stripe-signature': signature },
      })
    },
    earningsOf: async (email) => {
      const { data } = (await programme.get(`/api/v1/affiliates/${encodeURIComponent(email)}`)).body
      return {
        total: data.total_earnings,
        eligible: data.eligible_earnings,
        held: data.held_earnings,
        paid: data.paid_earnings,
      }
    },
    tables: () => contentsOf(db),
  }
  return programme
}

const TABLES = [
  'affiliate',
  'link',
  'code_claim',
  'click',
  'rollup',
  'not_counted',
  'daily_earning',
  'referral',
  'conversion',
  'commission',
  'ledger_entry',
  'balance',
  'provider_event',
  'provider_event_state',
  'coupon',
  'payout',
  'payout_method',
  'payout_request',
  'refund',
  'event',
  'webhook_delivery',
  'mail',
] as const

/** All rows of all tables that money or counts live in. */
export async function contentsOf(db: Db): Promise<Record<string, unknown[]>> {
  const contents: Record<string, unknown[]> = {}
  for (const table of TABLES) contents[table] = await db.selectFrom(table).selectAll().execute()
  return contents
}

/** Every balance row as people read it. */
export const balancesAt = async (db: Db, now: Instant) =>
  (await db.selectFrom('balance').selectAll().execute()).map((row) => balanceAt(row, now))

/** What a host page's server puts into data-user-hash. */
export const hashFor = (email: string, secret = HMAC_SECRET): string =>
  createHmac('sha256', secret).update(email.toLowerCase()).digest('hex')

/** A `checkout.session.completed` as Stripe's API 2026-10-28.endive sends it; only what matters here is named. */
export function checkout(sale: {
  id: string
  amount: number
  code?: string | null
  email?: string
  currency?: string
  at?: Instant
  tax?: number
  metadata?: Record<string, string>
  paid?: boolean
}) {
  return {
    id: `evt_${sale.id}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Date.parse(sale.at ?? '2026-11-20T12:00:00.000Z') / 1000,
    livemode: false,
    type: 'checkout.session.completed',
    data: {
      object: {
        id: `cs_${sale.id}`,
        object: 'checkout.session',
        mode: 'payment',
        payment_status: sale.paid === false ? 'unpaid' : 'paid',
        client_reference_id: sale.code ?? null,
        metadata: sale.metadata ?? {},
        customer: null,
        customer_email: null,
        customer_details: { email: sale.email ?? 'buyer@example.com' },
        payment_intent: `pi_${sale.id}`,
        invoice: null,
        amount_subtotal: sale.amount - (sale.tax ?? 0),
        amount_total: sale.amount,
        total_details: { amount_tax: sale.tax ?? 0, amount_discount: 0, amount_shipping: 0 },
        currency: sale.currency ?? 'usd',
      },
    },
  }
}
