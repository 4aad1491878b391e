/** `refgrow inbox ...` */
import { type Command, Option } from 'commander'
import { explain } from '../core/conversion/explanation.ts'
import {
  getInboxEvent,
  INBOX_STATUSES,
  inboxIds,
  type InboxStatus,
  listInbox,
  reopenEvent,
} from '../core/payment/inbox-list.ts'
import { payloadHash } from '../core/payment/inbox.ts'
import { processStoredEvent } from '../providers/intake.ts'
import { PROVIDER_NAMES } from '../providers/registry.ts'
import { positiveInteger } from './arguments.ts'
import { changeProject, readProject } from './context.ts'
import { printJson, printLine, printTable } from './print.ts'
import { reconcileCommand } from './reconcile.ts'
import { retried } from '../db/retried.ts'

interface Filter {
  project: number
  status?: InboxStatus
  provider?: string
  json?: true
}

/** More are replayed with the next call; each event is one transaction. */
const MOST = 10_000

export function inboxCommands(program: Command): void {
  const inbox = program.command('inbox').description('What payment providers sent, and what became of it')
  const ofProject = (name: string) =>
    inbox.command(name).requiredOption('--project <id>', 'the project', positiveInteger)
  const filtered = (name: string) =>
    ofProject(name)
      .addOption(new Option('--status <status>', 'only events in this state').choices(INBOX_STATUSES))
      .addOption(new Option('--provider <name>', 'only of this provider').choices(PROVIDER_NAMES))

  filtered('list')
    .description('List events, newest first')
    .option('--limit <n>', 'at most so many', positiveInteger, 50)
    .option('--json', 'print JSON')
    .action(async ({ project, json, limit, ...filter }: Filter & { limit: number }) => {
      const { rows, total } = await readProject(project, ({ db }) =>
        retried(db, (tx) => listInbox(tx, project, { ...filter, limit, offset: 0 })),
      )
      if (json) return printJson(rows)
      printTable(
        rows.map(({ id, provider, type, status, attempts, conversion_id, received_at, error }) => ({
          id,
          provider,
          type,
          status,
          attempts,
          conversion: conversion_id,
          received_at,
          error,
        })),
        'No such events',
      )
      if (total > rows.length) printLine(`${rows.length} of ${total}; --limit shows more`)
    })

  ofProject('show')
    .description('One event: its payload, its state, and why the sale is whose it is')
    .argument('<id>', 'the number "inbox list" shows', positiveInteger)
    .option('--json', 'print JSON')
    .action(async (id: number, { project, json }: Filter) => {
      const { decision, payload, ...event } = await readProject(project, ({ db }) =>
        retried(db, (tx) => getInboxEvent(tx, project, id)),
      )
      if (json) return printJson({ ...event, decision, payload: JSON.parse(payload) as unknown })
      for (const [name, value] of Object.entries(event)) printLine(`${name.padEnd(16)} ${value ?? '-'}`)
      printLine(
        event.redacted_at
          ? 'A person in the payload was erased; the hash is of what the provider sent.'
          : payloadHash(payload) === event.payload_hash
            ? 'The payload is what the provider sent: it has the hash taken when it came.'
            : 'The payload is NOT what the provider sent: its hash differs.',
      )
      for (const sentence of decision ? explain({ status: 'approved', status_reason: null }, decision) : [])
        printLine(sentence)
      printLine(JSON.stringify(JSON.parse(payload), null, 2))
    })

  filtered('replay')
    .description('Process events again: one, a range, or all of a kind; what they tell counts once')
    .argument('[id]', 'the number "inbox list" shows', positiveInteger)
    .option('--from <id>', 'the first of a range', positiveInteger)
    .option('--to <id>', 'the last of a range', positiveInteger)
    .action(async (id: number | undefined, options: Filter & { from?: number; to?: number }) => {
      const { project, status, provider } = options
      const range = id === undefined ? { from: options.from, to: options.to } : { from: id, to: id }
      if (!range.from && !range.to && !status && !provider)
        throw new Error('Say what to replay: an event number, --from and --to, --status or --provider')
      const problems = await changeProject(project, async (context) => {
        const { db, clock } = context
        const ids = await retried(db, (tx) => inboxIds(tx, project, { status, provider, ...range }, MOST))
        let failed = 0
        for (const [index, one] of ids.entries()) {
          await retried(db, (tx) => reopenEvent(tx, project, one, clock.now()))
          const problem = await processStoredEvent(context, one)
          if (problem) failed += 1
          if (problem) printLine(`event ${one}: ${problem}`)
          if ((index + 1) % 100 === 0) process.stderr.write(`${index + 1} of ${ids.length}\n`)
        }
        printLine(`${ids.length - failed} of ${ids.length} events processed`)
        return failed
      })
      if (problems > 0) process.exitCode = 1
    })

  reconcileCommand(inbox)
}
