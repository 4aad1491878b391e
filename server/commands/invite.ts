/** `refgrow invite` */
import { type Command, InvalidArgumentError } from 'commander'
import { EMAIL_EXPECTED, emailIn } from '../core/kit/email-address.ts'
import { makeInvitation } from '../core/affiliate/invitation.ts'
import { positiveInteger } from './arguments.ts'
import { notePublicUrl, readProject } from './context.ts'
import { printJson, printLine } from './print.ts'

export function inviteCommands(program: Command): void {
  program
    .command('invite')
    .description('Make an invitation to join the program; it is good for 30 days')
    .argument('[email]', 'who may use it; without it, whoever has it', address)
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .option('--json', 'print one line of JSON')
    .action(async (email: string | undefined, { project: id, json }: { project: number; json?: true }) => {
      const invitation = await readProject(id, async (context) => {
        const { config, clock, sealer, project } = context
        notePublicUrl(context)
        return makeInvitation(project, email ?? null, { sign: sealer.sign, publicUrl: config.publicUrl }, clock.now())
      })
      if (json) return printJson(invitation)
      printLine(invitation.url ?? `?refgrow_invite=${invitation.token}`)
      if (invitation.url === null)
        printLine('Put it behind the address of your page with the dashboard, or set dashboard_url first.')
      printLine(`Good until ${invitation.expires_at} for ${email ?? 'whoever has it'}.`)
    })
}

/** @throws InvalidArgumentError, which commander shows with the argument's name */
function address(text: string): string | undefined {
  if (text === '') return undefined
  const email = emailIn(text)
  if (email === null) throw new InvalidArgumentError(`${EMAIL_EXPECTED}.`)
  return email
}
