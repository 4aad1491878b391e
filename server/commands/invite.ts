/** `refgrow invite` */
import { type Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { makeInvitation } from '../core/invitation.ts'
import { getProject } from '../core/project.ts'
import { positiveInteger, printJson, printLine, withContext } from './context.ts'
import { retried } from '../db/retried.ts'

export function inviteCommands(program: Command): void {
  program
    .command('invite')
    .description('Make an invitation to join the programme; it is good for 30 days')
    .argument('[email]', 'who may use it; without it whoever has it', address)
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .option('--json', 'print one line of JSON')
    .action(async (email: string | undefined, { project, json }: { project: number; json?: true }) => {
      const invitation = await withContext(async ({ config, db, clock, sealer }) =>
        makeInvitation(
          await retried(db, (tx) => getProject(tx, project)),
          email ?? null,
          { sign: sealer.sign, publicUrl: config.publicUrl },
          clock.now(),
        ),
      )
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
  if (!z.email().max(254).safeParse(text).success) throw new InvalidArgumentError('Expected an e-mail address.')
  return text
}
