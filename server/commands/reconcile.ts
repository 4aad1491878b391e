/** `refgrow inbox reconcile` */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { PROVIDER_NAMES, type ProviderName } from '../providers/registry.ts'
import { reconcile, startOfDay } from '../providers/reconcile.ts'
import { positiveInteger } from './arguments.ts'
import { changeProject, readProject } from './context.ts'
import { printJson, printLine, printTable } from './print.ts'

interface Options {
  project: number
  provider: ProviderName
  since: string
  repair?: boolean
  json?: true
}

export function reconcileCommand(inbox: Command): void {
  inbox
    .command('reconcile')
    .description("Compare with the provider's own records; exits with 1 when something differs")
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .addOption(new Option('--provider <name>', 'the payment provider').choices(PROVIDER_NAMES).makeOptionMandatory())
    .requiredOption('--since <day>', 'from this day on, UTC, such as 2026-11-01', day)
    .option('--repair', 'book the sales and refunds that are missing')
    .option('--json', 'print JSON')
    .action(async ({ project, provider, since, repair = false, json }: Options) => {
      const progress = (text: string) => void process.stderr.write(`${text}\n`)
      const compare = repair ? changeProject : readProject
      const report = await compare(project, (context) =>
        reconcile(context, project, provider, { since, repair, progress }),
      )
      if (report.differences.some(({ result }) => result !== 'repaired')) process.exitCode = 1
      if (json) return printJson(report)
      printTable(
        report.differences.map((difference) => ({ ...difference })),
        'Nothing differs.',
      )
      printLine(`${report.read.sales} payments and ${report.read.refunds} refunds since ${since.slice(0, 10)} compared`)
    })
}

function day(text: string): string {
  try {
    return startOfDay(text)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}
