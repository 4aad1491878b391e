/** `refgrow what-if` */
import type { Command } from 'commander'
import { formatMinor } from '../core/kit/money.ts'
import { addDays, dayOf } from '../core/kit/time.ts'
import { type Difference, type WhatIf, whatIf } from '../core/conversion/what-if.ts'
import { inSnapshot } from '../db/snapshot.ts'
import { day, positiveInteger } from './arguments.ts'
import { readProject } from './context.ts'
import { nearest } from './nearest.ts'
import { printFacts, printJson, printLine, printNote, printTable } from './print.ts'

interface Options {
  project: number
  from?: string
  to?: string
  set: string[]
  json?: true
}

const DAYS = 90
const TOLD_EVERY_MS = 2000

export function whatIfCommands(program: Command): void {
  program
    .command('what-if')
    .description('Decide past conversions again under other settings or terms; nothing is changed')
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .option('--from <day>', `the first day, UTC; without it the last ${DAYS} days`, day)
    .option('--to <day>', 'the last day, UTC; without it today', day)
    .option(
      '--set <name=value>',
      `what would have been otherwise; repeat it: ${Object.keys(NAMES).join(', ')}`,
      more,
      [],
    )
    .option('--json', 'print one line of JSON')
    .action(async ({ project: id, json, set, ...span }: Options) => {
      const change = changeOf(set)
      await readProject(id, async ({ config, clock, project }) => {
        const to = span.to ?? dayOf(clock.now())
        const from = span.from ?? addDays(to, 1 - DAYS)
        if (from > to) throw new Error(`--from: expected a day up to ${to}, got ${from}`)
        let toldAt = performance.now()
        // One snapshot, whatever is sold meanwhile; no write is possible.
        const outcome = await inSnapshot(config.databaseUrl, (tx) =>
          whatIf(tx, project, { from, to }, change, (decided) => {
            if (performance.now() - toldAt < TOLD_EVERY_MS) return
            toldAt = performance.now()
            printNote(`${decided} conversions decided`)
          }),
        )
        if (outcome.decided === 0) throw new Error(`--from, --to: no conversions from ${from} to ${to}`)
        const { by_affiliate, ...counts } = outcome
        if (json) return printJson({ project_id: id, from, to, ...counts, by_affiliate: by_affiliate.map(shown) })
        printLine(`${project.name}, ${from} to ${to}: ${set.join(', ') || 'nothing changed'}`)
        printFacts({ ...counts, ...totalsOf(by_affiliate) })
        printLine('')
        printTable(by_affiliate.map(shown), 'Nobody would have earned anything else.')
      })
    })
}

const more = (value: string, before: string[]): string[] => [...before, value]

const NAMES: Record<string, (text: string, name: string) => WhatIf> = {
  attribution_window_days: (text, name) => ({ settings: { attribution_window_days: days(text, name) } }),
  cookie_days: (text, name) => ({ settings: { cookie_days: days(text, name) } }),
  exclude_existing_customers: (text, name) => {
    if (text !== 'true' && text !== 'false') throw new Error(`${name}: expected true or false, got "${text}"`)
    return { settings: { exclude_existing_customers: text === 'true' } }
  },
  commission_percent: (text, name) => ({ terms: { basis_points: percent(text, name) } }),
  second_tier_percent: (text, name) => ({ terms: { second_basis_points: percent(text, name) } }),
}

function changeOf(set: string[]): WhatIf {
  const change: Required<WhatIf> = { settings: {}, terms: {} }
  for (const one of set) {
    const [name = '', value] = one.split(/=(.*)/s)
    const read = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined
    if (!read) {
      const near = nearest(name, Object.keys(NAMES))
      throw new Error(
        `--set: unknown "${name}"${near ? `, did you mean "${near}"?` : ';'} expected one of ${Object.keys(NAMES).join(', ')}`,
      )
    }
    if (value === undefined) throw new Error(`--set: expected ${name}=VALUE`)
    const part = read(value, name)
    Object.assign(change.settings, part.settings)
    Object.assign(change.terms, part.terms)
  }
  return change
}

function days(text: string, name: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1) throw new Error(`${name}: expected 1 to 9999 days, got "${text}"`)
  return Number(text)
}

/** As basis points. */
function percent(text: string, name: string): number {
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(text) || Number(text) > 100)
    throw new Error(`${name}: expected 0 to 100, such as 25 or 12.5, got "${text}"`)
  return Math.round(Number(text) * 100)
}

const shown = ({ affiliate_id, currency, before, after }: Difference) => ({
  affiliate_id,
  currency,
  before: formatMinor(before, currency),
  after: formatMinor(after, currency),
  difference: formatMinor(after - before, currency),
})

function totalsOf(differences: Difference[]): Record<string, string> {
  const sums = new Map<string, number>()
  for (const { currency, before, after } of differences) sums.set(currency, (sums.get(currency) ?? 0) + after - before)
  return Object.fromEntries([...sums].map(([currency, sum]) => [`difference ${currency}`, formatMinor(sum, currency)]))
}
