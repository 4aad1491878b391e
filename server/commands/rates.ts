/** `refgrow rates ...` */
import type { Command } from 'commander'
import { newestRates, storeRates } from '../core/project/exchange-rate.ts'
import { loadRates } from '../outbound/exchange-rates.ts'
import { whileChanging, whileReading } from './context.ts'
import { printJson, printLine, printTable } from './print.ts'
import { retried } from '../db/retried.ts'

export function rateCommands(program: Command): void {
  const rates = program
    .command('rates')
    .description("Exchange rates that turn foreign sales into the project's currency")

  rates
    .command('load')
    .description('Store the rates of one day; the same day again replaces them')
    .argument('<from>', 'a file or an https address: { "base": "EUR", "date": "2026-11-20", "rates": { "USD": 1.08 } }')
    .addHelpText('after', '\nThe server loads EXCHANGE_RATES (a file or an address) once a day by itself.\n')
    .action(async (from: string) => {
      const { base, day, rates: found, source } = await loadRates(from)
      const stored = await whileChanging(({ db }) => retried(db, (tx) => storeRates(tx, base, day, found, source)))
      printLine(`Stored ${stored} rates of ${base} on ${day} from ${source}`)
    })

  rates
    .command('list')
    .description('List the newest stored rates, at most 200')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const rows = await whileReading(({ db }) => retried(db, (tx) => newestRates(tx, 200)))
      if (json) return printJson(rows)
      printTable(rows, 'No rates are stored: foreign sales keep their own currency.')
    })
}
