/** `refgrow payout ...` */
import { createInterface } from 'node:readline/promises'
import { type Command, Option } from 'commander'
import { showPayout } from '../api/payouts.ts'
import { showPayoutRequest } from '../api/payout-requests.ts'
import { getAffiliateWithStats } from '../core/affiliate/list.ts'
import { affiliateNamed } from '../core/affiliate/lookup.ts'
import { DomainError } from '../core/kit/errors.ts'
import { typedAmount } from '../core/kit/money.ts'
import { createPayout } from '../core/payout/payout.ts'
import { getPayout, listPayouts } from '../core/payout/list.ts'
import { findPayoutMethod, type PayoutMethodDetails } from '../core/payout/method.ts'
import { listPayoutRequests } from '../core/payout/request.ts'
import { retried } from '../db/retried.ts'
import type { PayoutRequest } from '../db/schema.ts'
import { currencyCode, nameText, positiveInteger, WHO } from './arguments.ts'
import { changeProject, type ProjectContext, readProject } from './context.ts'
import { money } from './money.ts'
import { printJson, printLine, printTable } from './print.ts'

interface OfProject {
  project: number
  json?: true
}

interface Pay extends OfProject {
  amount?: string
  currency?: string
  method: string
  note?: string
  yes?: true
}

export function payoutCommands(program: Command): void {
  const payout = program.command('payout').description('See who asked to be paid, and record what you paid')
  const ofProject = (name: string) =>
    payout
      .command(name)
      .requiredOption('--project <id>', 'the project', positiveInteger)
      .option('--json', 'print one line of JSON')

  ofProject('requests')
    .description('List who asked to be paid, newest first')
    .addOption(
      new Option('--status <status>', 'only these').choices(['open', 'paid', 'withdrawn', 'all']).default('open'),
    )
    .option('--limit <count>', 'at most so many', positiveInteger, 50)
    .action(requests)

  ofProject('list')
    .description('List what was paid, newest first')
    .option('--limit <count>', 'at most so many', positiveInteger, 50)
    .action(list)

  ofProject('pay')
    .description('Record that you paid an affiliate, by hand: all that is eligible, or an amount')
    .argument('<who>', WHO)
    .option('--amount <amount>', 'less than all, such as 50.00')
    .option('--currency <code>', "of what is paid; without it the project's", currencyCode)
    .option('--method <name>', 'how it was paid, such as paypal', 'manual')
    .option('--note <text>', 'for your records', nameText)
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nNo money is moved. The affiliate is told by email, and their open request is closed.\n')
    .action(pay)
}

async function requests({
  project: id,
  status,
  limit,
  json,
}: OfProject & { status: PayoutRequest['status'] | 'all'; limit: number }): Promise<void> {
  await readProject(id, async ({ db }) => {
    const filter = { status: status === 'all' ? undefined : status, limit: Math.min(limit, 500), offset: 0 }
    const { rows, total } = await retried(db, (tx) => listPayoutRequests(tx, id, filter))
    if (json) return printJson(rows.map(showPayoutRequest))
    printTable(
      rows.map((row) => ({
        id: row.id,
        affiliate: row.affiliate_id,
        email: row.affiliate_email,
        asked: money(row.amount, row.currency),
        account: [row.method, row.account].filter(Boolean).join(' ') || null,
        status: row.status,
        at: row.created_at,
      })),
      status === 'open' ? 'Nobody asks to be paid.' : 'No such requests.',
    )
    if (total > rows.length) printLine(`${rows.length} of ${total}; --limit shows more, up to 500.`)
    if (rows.some((row) => row.status === 'open'))
      printLine('Pay them the way you usually do, then record it: "payout pay AFFILIATE".')
  })
}

async function list({ project: id, limit, json }: OfProject & { limit: number }): Promise<void> {
  await readProject(id, async ({ db }) => {
    const { rows, total } = await retried(db, (tx) => listPayouts(tx, id, { limit: Math.min(limit, 500), offset: 0 }))
    if (json) return printJson(rows.map(showPayout))
    printTable(
      rows.map((row) => ({
        id: row.id,
        affiliate: row.affiliate_email ?? '(deleted)',
        amount: money(row.amount, row.currency),
        method: row.method,
        status: row.status,
        at: row.created_at,
        note: row.note,
      })),
      'Nothing was paid yet.',
    )
    if (total > rows.length) printLine(`${rows.length} of ${total}; --limit shows more, up to 500.`)
  })
}

async function pay(who: string, { project: id, json, yes, method, note, ...asked }: Pay): Promise<void> {
  await changeProject(id, async (context) => {
    const { db, clock, project } = context
    const currency = asked.currency ?? project.currency
    const { affiliate, eligible, held, account } = await whatIsOwed(context, who, currency)
    const amount = asked.amount === undefined ? eligible : typedAmount(asked.amount, currency, '--amount')
    if (amount <= 0 || amount > eligible)
      throw new DomainError(
        'nothing_to_pay',
        `${affiliate.email} can be paid ${money(Math.max(0, eligible), currency)} now${held > 0 ? `; ${money(held, currency)} is held` : ''}`,
      )
    const question = `Record that ${money(amount, currency)} was paid to ${affiliate.email} (${account})`
    if (!yes && !(await confirmed(question))) return printLine('Nothing is recorded.')

    // The amount that was confirmed: what became eligible meanwhile waits.
    const paid = await retried(db, async (tx) => {
      const payout = { affiliate_id: affiliate.id, amount, currency, method, note }
      const { id: payoutId } = await createPayout(tx, project, payout, clock.now())
      return getPayout(tx, id, payoutId)
    })
    if (json) return printJson(showPayout(paid))
    printLine(`Payout ${paid.id} is recorded: ${money(amount, currency)} to ${affiliate.email} (${account}).`)
  })
}

async function whatIsOwed({ db, clock, sealer, project }: ProjectContext, who: string, currency: string) {
  const { affiliate, method } = await retried(db, async (tx) => {
    const affiliateId = await affiliateNamed(tx, project.id, who)
    return {
      affiliate: await getAffiliateWithStats(tx, project.id, affiliateId, clock.now()),
      method: await findPayoutMethod(tx, project.id, affiliateId),
    }
  })
  const balance = affiliate.balances.find((one) => one.currency === currency)
  return {
    affiliate,
    eligible: balance?.eligible ?? 0,
    held: balance?.held ?? 0,
    account: method ? accountOf(JSON.parse(sealer.open(method.sealed)) as PayoutMethodDetails) : 'no account named',
  }
}

/** In full: whoever runs this has the database and its key. */
function accountOf(details: PayoutMethodDetails): string {
  if (details.kind === 'bank')
    return `bank: ${[details.holder, details.account, details.bic].filter(Boolean).join(', ')}`
  return `${details.kind}: ${details.kind === 'other' ? details.text : details.email}`
}

async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error(`${question}? Nobody is there to ask: add --yes`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${question}? [y/N] `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}
