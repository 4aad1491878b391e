/** An event, the endpoint it is for and what became of its deliveries: what the promises about webhooks are proven with. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import pino from 'pino'
import { recordEvent } from '../core/news/feed.ts'
import { createEndpoint } from '../core/news/endpoint.ts'
import type { Instant, WebhookDelivery } from '../db/schema.ts'
import { type DeliveryOptions, deliverWebhooks } from '../jobs/deliver-webhooks.ts'
import type { Programme } from './programme.ts'

export const EVENT = {
  type: 'referral_converted' as const,
  subject: 'conversion 1',
  payload: { conversion: { id: 'conv_1' } },
}

export const happen = (programme: Programme) =>
  programme.db.transaction().execute((tx) => recordEvent(tx, programme.projectId, EVENT, programme.clock.now()))

export const addEndpoint = async ({ db, projectId, clock }: Programme, url: string): Promise<number> =>
  (
    await db
      .transaction()
      .execute((tx) => createEndpoint(tx, projectId, { url, events: [EVENT.type], secret_sealed: null }, clock.now()))
  ).id

export const jobContext = ({ db, clock, sealer }: Programme) => ({ db, clock, sealer, log: pino({ level: 'silent' }) })

export const deliver = (programme: Programme, options: DeliveryOptions = {}) =>
  deliverWebhooks(jobContext(programme), new AbortController().signal, { timeoutMs: 300, ...options })

/** Sets the clock to each planned attempt until none is planned. */
export async function runSchedule(programme: Programme, options?: DeliveryOptions): Promise<void> {
  await deliver(programme, options)
  for (let next = await nextOf(programme); next; next = await nextOf(programme)) {
    programme.clock.set(next)
    await deliver(programme, options)
  }
}

export const nextOf = async ({ db }: Programme): Promise<Instant | null> =>
  (
    await db
      .selectFrom('webhook_delivery')
      .select('next_attempt_at')
      .where('next_attempt_at', 'is not', null)
      .orderBy('next_attempt_at')
      .executeTakeFirst()
  )?.next_attempt_at ?? null

export const deliveriesOf = ({ db }: Programme): Promise<WebhookDelivery[]> =>
  db.selectFrom('webhook_delivery').selectAll().orderBy('id').execute()

export const attemptsOf = ({ db }: Programme, endpoint: number) =>
  db
    .selectFrom('webhook_attempt')
    .innerJoin('webhook_delivery', 'webhook_delivery.id', 'webhook_attempt.delivery_id')
    .selectAll('webhook_attempt')
    .where('webhook_delivery.endpoint_id', '=', endpoint)
    .orderBy('webhook_attempt.id')
    .execute()

export const endpointOf = ({ db }: Programme, id: number) =>
  db.selectFrom('webhook_endpoint').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

export const mailsOf = async ({ db }: Programme) =>
  (await db.selectFrom('mail').selectAll().where('template', '=', 'webhook_disabled').execute()).map((mail) => ({
    ...mail,
    fields: JSON.parse(mail.fields) as Record<string, unknown>,
  }))

/** @returns the signal that ended it, or null */
export const runWorker = (url: string, now: Instant, started: (worker: { kill(): void }) => void) =>
  new Promise<NodeJS.Signals | null>((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'webhook-worker.ts'), url, now], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    started({ kill: () => child.kill('SIGKILL') })
    child.on('exit', (code, signal) => (code ? reject(new Error(`the worker ended with ${code}`)) : resolve(signal)))
  })
