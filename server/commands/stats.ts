/** `refgrow stats` */
import type { Command } from 'commander'
import { formatMinor } from '../core/kit/money.ts'
import { type Brought, projectStats } from '../core/dashboard/project-stats.ts'
import { addDays, dayOf } from '../core/kit/time.ts'
import { retried } from '../db/retried.ts'
import { day, positiveInteger } from './arguments.ts'
import { readProject } from './context.ts'
import { moneyOf } from './money.ts'
import { printFacts, printJson, printLine, printTable } from './print.ts'

interface Options {
  project: number
  from?: string
  to?: string
  limit: number
  json?: true
}

const DAYS = 30

export function statsCommands(program: Command): void {
  program
    .command('stats')
    .description('What affiliates brought: clicks, signups, purchases, commissions, and who brought most')
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .option('--from <day>', `the first day, UTC, such as 2026-11-01; without it the last ${DAYS} days`, day)
    .option('--to <day>', 'the last day, UTC; without it today', day)
    .option('--limit <count>', 'how many affiliates are listed', positiveInteger, 10)
    .option('--json', 'print one line of JSON')
    .action(async ({ project: id, limit, json, ...span }: Options) => {
      await readProject(id, async ({ db, clock, project }) => {
        const to = span.to ?? dayOf(clock.now())
        const from = span.from ?? addDays(to, 1 - DAYS)
        if (from > to) throw new Error(`--from: expected a day up to ${to}, got ${from}`)
        const stats = await retried(db, (tx) => projectStats(tx, project, { from, to }, Math.min(limit, 500)))
        const { currency } = project
        const { affiliates, ...totals } = stats
        if (json)
          return printJson({ project_id: id, from, to, ...inMajor(totals), affiliates: affiliates.map(inMajor) })

        const earned = ({ commissions }: Brought) => moneyOf(commissions, ({ amount }) => amount, currency)
        printLine(`${project.name}, ${from} to ${to}`)
        printFacts({
          clicks: totals.bot_clicks > 0 ? `${totals.clicks} (and ${totals.bot_clicks} by bots)` : totals.clicks,
          signups: totals.signups,
          purchases: totals.purchases,
          commissions: earned(totals),
        })
        printLine('')
        printTable(
          affiliates.map((affiliate) => ({
            id: affiliate.id,
            email: affiliate.email,
            code: affiliate.referral_code,
            clicks: affiliate.clicks,
            signups: affiliate.signups,
            purchases: affiliate.purchases,
            commissions: earned(affiliate),
          })),
          'No affiliate brought anything in these days.',
        )
      })
    })
}

const inMajor = <T extends Brought>({ commissions, ...rest }: T) => ({
  ...rest,
  commissions: commissions.map(({ currency, amount }) => ({ currency, amount: formatMinor(amount, currency) })),
})
