/** `refgrow webhook ...` */
import { randomUUID } from 'node:crypto'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { WEBHOOK_EVENTS, type WebhookEvent } from '../core/news/feed.ts'
import { settingsOf } from '../core/project/settings.ts'
import { succeeded } from '../core/news/attempt.ts'
import { type DeliveryStatus, listDeliveries, prepareTest, recordTest, replayDelivery } from '../core/news/delivery.ts'
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  eventsOf,
  listEndpoints,
  newWebhookSecret,
} from '../core/news/endpoint.ts'
import { sendWebhook } from '../outbound/send-webhook.ts'
import { parseTarget } from '../outbound/target.ts'
import { positiveInteger } from './arguments.ts'
import { changeProject, readProject } from './context.ts'
import { printJson, printLine, printTable } from './print.ts'
import { retried } from '../db/retried.ts'

interface OfProject {
  project: number
  json?: true
}

const ID = 'the webhook\'s number, as "webhook list" shows it'

export function webhookCommands(program: Command): void {
  const webhook = program.command('webhook').description('Tell your own server what happens')
  const ofProject = (name: string) =>
    webhook.command(name).requiredOption('--project <id>', 'the project', positiveInteger)

  ofProject('list')
    .description("List a project's webhooks")
    .option('--json', 'print JSON')
    .action(async ({ project, json }: OfProject) => {
      const { rows } = await readProject(project, ({ db }) =>
        retried(db, (tx) => listEndpoints(tx, project, { limit: 500, offset: 0 })),
      )
      const webhooks = rows.map((row) => ({
        id: row.id,
        url: row.url,
        events: eventsOf(row),
        signed: row.secret_sealed !== null,
        status: row.status,
        disabled_reason: row.disabled_reason,
      }))
      if (json) return printJson(webhooks)
      printTable(
        webhooks.map(({ events, signed, ...row }) => ({
          ...row,
          signed: signed ? 'yes' : 'no',
          events: events.join(' '),
        })),
        'No webhooks.',
      )
    })

  ofProject('add')
    .description('Add a webhook; its secret is shown this once')
    .requiredOption('--url <url>', 'where to send, such as https://acme.example/hook')
    .option('--events <names>', 'what to send, separated by commas', eventNames, [...WEBHOOK_EVENTS])
    .option('--secret <secret>', 'what to sign with, 8 to 200 characters; without it one is made', signingSecret)
    .addOption(new Option('--unsigned', 'do not sign').conflicts('secret'))
    .option('--json', 'print one line of JSON')
    .action(
      async ({
        project,
        url,
        events,
        secret: given,
        unsigned,
        json,
      }: OfProject & { url: string; events: WebhookEvent[]; secret?: string; unsigned?: true }) => {
        const secret = unsigned ? null : (given ?? newWebhookSecret())
        const { id } = await changeProject(project, ({ db, clock, sealer, project: { settings } }) => {
          const secret_sealed = secret && sealer.seal(secret)
          parseTarget(url, settingsOf({ settings }).webhook_private_targets)
          return retried(db, (tx) => createEndpoint(tx, project, { url, events, secret_sealed }, clock.now()))
        })
        if (json) return printJson({ id, secret })
        printLine(`Webhook ${id} tells ${url} of ${events.join(', ')}.`)
        if (secret) printLine(`  Secret  ${secret}\nIt is shown this once.`)
      },
    )

  ofProject('remove')
    .description('Remove a webhook with its deliveries and their log')
    .argument('<id>', ID, positiveInteger)
    .action(async (id: number, { project }: OfProject) => {
      await changeProject(project, ({ db }) => retried(db, (tx) => deleteEndpoint(tx, project, id)))
      printLine(`Webhook ${id} is removed.`)
    })

  ofProject('enable')
    .description('Send to a disabled webhook again')
    .argument('<id>', ID, positiveInteger)
    .action(async (id: number, { project }: OfProject) => {
      await changeProject(project, ({ db, clock }) =>
        retried(db, (tx) => changeEndpoint(tx, project, id, { status: 'active' }, clock.now())),
      )
      printLine(`Webhook ${id} is active. What failed before can be sent again: "webhook replay".`)
    })

  ofProject('test')
    .description('Send a made-up event now; exits with 1 when it does not arrive')
    .argument('<id>', ID, positiveInteger)
    .addOption(new Option('--event <name>', 'which event').choices(WEBHOOK_EVENTS))
    .option('--json', 'print one line of JSON')
    .action(async (id: number, { project, event, json }: OfProject & { event?: WebhookEvent }) => {
      const attempt = await changeProject(project, async (context) => {
        const { db, clock } = context
        const claim = await retried(db, (tx) =>
          prepareTest(tx, project, id, { event, uuid: randomUUID() }, clock.now()),
        )
        const sent = await sendWebhook(context, claim)
        await retried(db, (tx) => recordTest(tx, claim, sent, clock.now()))
        return sent
      })
      if (!succeeded(attempt)) process.exitCode = 1
      if (json) return printJson(attempt)
      printLine(
        `${attempt.error ?? `HTTP ${attempt.response_status}`} after ${attempt.latency_ms} ms${attempt.response_body ? `: ${attempt.response_body.slice(0, 200)}` : ''}`,
      )
    })

  ofProject('deliveries')
    .description("List a webhook's last deliveries, newest first")
    .argument('<id>', ID, positiveInteger)
    .addOption(new Option('--status <status>', 'only these').choices(['pending', 'delivered', 'failed']))
    .option('--limit <count>', 'at most so many', positiveInteger, 20)
    .option('--json', 'print JSON')
    .action(
      async (id: number, { project, status, limit, json }: OfProject & { status?: DeliveryStatus; limit: number }) => {
        const { rows } = await readProject(project, ({ db }) =>
          retried(db, (tx) => listDeliveries(tx, project, id, { status, limit, offset: 0 })),
        )
        const deliveries = rows.map(({ id, event_type, status, attempts, next_attempt_at, created_at }) => ({
          id,
          event: event_type,
          status,
          attempts,
          next_attempt_at,
          created_at,
        }))
        if (json) return printJson(deliveries)
        printTable(deliveries, 'No deliveries.')
      },
    )

  ofProject('replay')
    .description('Send a delivery again, with the same id and body; the server does it within a second')
    .argument('<delivery>', 'its number, as "webhook deliveries" shows it', positiveInteger)
    .action(async (delivery: number, { project }: OfProject) => {
      await changeProject(project, ({ db, clock }) =>
        retried(db, (tx) => replayDelivery(tx, project, delivery, clock.now())),
      )
      printLine(`Delivery ${delivery} is sent again.`)
    })
}

function eventNames(text: string): WebhookEvent[] {
  const names = text.split(',').map((name) => name.trim())
  return names.map((name) => {
    const known = WEBHOOK_EVENTS.find((event) => event === name)
    if (!known) throw new InvalidArgumentError(`Expected some of ${WEBHOOK_EVENTS.join(',')}, got "${name}".`)
    return known
  })
}

function signingSecret(text: string): string {
  if (!/^[\x21-\x7e]{8,200}$/.test(text))
    throw new InvalidArgumentError('Expected 8 to 200 printable characters without spaces.')
  return text
}
