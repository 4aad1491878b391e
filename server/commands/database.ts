/** `refgrow migrate | backup | verify` */
import type { Command } from 'commander'
import { verifyLedger } from '../core/verify.ts'
import { backupDatabase } from '../db/backup.ts'
import { whileCreating, whileReading } from './context.ts'
import { printLine } from './print.ts'
import { retried } from '../db/retried.ts'

export function databaseCommands(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database to the newest schema (the server does so itself when it starts)')
    .action(async () => {
      const migrated = await whileCreating(async (context) => context.migrated)
      printLine(migrated.length > 0 ? `Ran ${migrated.join(', ')}.` : 'The database is at the newest schema.')
    })

  program
    .command('backup')
    .description('Write a consistent copy of the database to FILE while the server goes on')
    .argument('<file>', 'the copy; must not exist yet')
    .action(async (file: string) => {
      const config = await whileReading(async (context) => context.config)
      await backupDatabase(config.databaseUrl, file, progress('copied'))
      printLine(`Backup written to ${file}`)
      if (!config.secretKey)
        printLine(`Keep ${config.secretKeyFile} with it: without it the stored secrets cannot be opened.`)
    })

  program
    .command('verify')
    .description('Prove the ledger: every hash chain unbroken, every running total equal to its entries')
    .action(async () => {
      const verdict = await whileReading(({ db, clock }) =>
        retried(db, (tx) => verifyLedger(tx, clock.now(), progress('affiliates checked'))),
      )
      if (verdict.ok)
        return printLine(
          `ok ${verdict.entries} ledger entries of ${verdict.affiliates} affiliates; hashes and sums agree`,
        )
      printLine(`broken: ${verdict.problem}`)
      process.exitCode = 1
    })
}

/** Progress on a terminal's last line, at most ten times a second; nothing where nobody watches. */
function progress(what: string): (done: number, of: number) => void {
  let shown = 0
  return (done, of) => {
    if (!process.stderr.isTTY || (done < of && performance.now() - shown < 100)) return
    shown = performance.now()
    process.stderr.write(`\r${done} of ${of} ${what}${done >= of ? '\n' : ''}`)
  }
}
