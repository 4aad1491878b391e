/** `refgrow migrate | backup | verify` */
import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { systemClock } from '../context.ts'
import { backupDatabase } from '../db/backup.ts'
import { type Findings, verifyDatabase } from '../verify-database.ts'
import { whileCreating, whileReading } from './context.ts'
import { printLine } from './print.ts'

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
    .description('Prove the database at one moment, beside sales: file, ledger, feeds, counters, and nothing lost')
    .option('--accept', 'go on with the database as it is: the anchor forgets what was lost')
    .action(async ({ accept = false }: { accept?: boolean }) => {
      const config = loadConfig(process.env)
      const findings = await verifyDatabase(config, systemClock, { accept, onProgress: progress('affiliates checked') })
      const { broken, lost, anchorFile } = findings
      for (const problem of broken) printLine(`broken: ${problem}`)
      for (const problem of lost.slice(0, SHOWN)) printLine(`lost: ${problem}`)
      if (lost.length > SHOWN) printLine(`lost: ${lost.length - SHOWN} more`)
      if (broken.length + lost.length === 0) printLine(agreement(findings))
      if (accept && lost.length > 0) printLine(`${anchorFile} takes the database as it is now.`)
      if (broken.length > 0 || (lost.length > 0 && !accept)) process.exitCode = 1
    })
}

const SHOWN = 100

const agreement = ({ entries, affiliates, anchorFile }: Findings) =>
  `ok ${entries} ledger entries of ${affiliates} affiliates; hashes and sums agree, the feeds have no gap; ` +
  (anchorFile === undefined ? 'there is no anchor to compare with' : `nothing is lost that ${anchorFile} remembers`)

/** Progress on a terminal's last line, at most ten times a second; nothing where nobody watches. */
function progress(what: string): (done: number, of: number) => void {
  let shown = 0
  return (done, of) => {
    if (!process.stderr.isTTY || (done < of && performance.now() - shown < 100)) return
    shown = performance.now()
    process.stderr.write(`\r${done} of ${of} ${what}${done >= of ? '\n' : ''}`)
  }
}
