/** `refgrow secret ...` */
import { type Command, InvalidArgumentError } from 'commander'
import { rotateHmacSecret } from '../core/project/project.ts'
import { addMinutes } from '../core/kit/time.ts'
import { newHmacSecret } from '../secrets.ts'
import { positiveInteger } from './arguments.ts'
import { changeProject } from './context.ts'
import { printJson, printLine } from './print.ts'
import { retried } from '../db/retried.ts'

export function secretCommands(program: Command): void {
  const secret = program
    .command('secret')
    .description('Exchange the HMAC secret that signs addresses for data-user-hash')

  secret
    .command('rotate')
    .description('Make a new HMAC secret, shown this once; the old one counts until the overlap ends')
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .option(
      '--overlap <time>',
      'how long the old one still counts: 30m, 24h or 7d; 0 ends it at once',
      minutes,
      24 * 60,
    )
    .option('--json', 'print one line of JSON')
    .action(async ({ project, overlap, json }: { project: number; overlap: number; json?: true }) => {
      const hmac_secret = newHmacSecret()
      const old_secret_until = await changeProject(project, async ({ db, clock, sealer }) => {
        const until = addMinutes(clock.now(), overlap)
        await retried(db, (tx) => rotateHmacSecret(tx, project, sealer.seal(hmac_secret), until))
        return until
      })
      if (json) return printJson({ project_id: project, hmac_secret, old_secret_until })
      printLine(`HMAC secret  ${hmac_secret}`)
      printLine('It is shown this once. Give it to the server that makes data-user-hash; it does not belong in a page.')
      printLine(overlap === 0 ? 'The old secret ended now.' : `The old secret counts until ${old_secret_until}.`)
    })
}

const UNITS: Record<string, number> = { m: 1, h: 60, d: 24 * 60 }
const MOST_DAYS = 30

/** `24h` as minutes. @throws InvalidArgumentError, which commander shows with the option's name */
function minutes(text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const all = text === '0' ? 0 : Number(digits || Number.NaN) * (UNITS[unit] ?? Number.NaN)
  if (!(all <= MOST_DAYS * 24 * 60))
    throw new InvalidArgumentError(`Expected a time such as 30m, 24h or 7d, or 0, at most ${MOST_DAYS}d.`)
  return all
}
