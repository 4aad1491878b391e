/** `refgrow rates ...` */
import type { Command } from 'commander'
import { storeRates } from '../core/exchange-rate.ts'
import { loadRates } from '../outbound/exchange-rates.ts'
import { printLine, printTable, withContext } from './context.ts'
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
      const stored = await withContext(({ db }) => retried(db, (tx) => storeRates(tx, base, day, found, source)))
      printLine(`Stored ${stored} rates of ${base} on ${day} from ${source}`)
    })

  rates
    .command('list')
    .description('The newest stored rates')
    .action(async () => {
      const rows = await withContext(({ db }) =>
        db.selectFrom('exchange_rate').selectAll().orderBy('day', 'desc').orderBy('quote').limit(200).execute(),
      )
      printTable(
        rows.map(({ day, base, quote, rate, source }) => ({ day, base, quote, rate, source })),
        'No rates are stored: foreign sales keep their own currency',
      )
    })
}
