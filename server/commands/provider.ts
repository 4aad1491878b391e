/** `refgrow provider ...` */
import { type Command, Option } from 'commander'
import { connectProvider } from '../core/provider-connection.ts'
import { PROVIDER_NAMES } from '../providers/provider.ts'
import { positiveInteger, printLine, withContext } from './context.ts'

export function providerCommands(program: Command): void {
  const provider = program.command('provider').description('Connect payment providers')

  provider
    .command('connect')
    .description('Listen to a payment provider; again replaces the secret')
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .addOption(new Option('--provider <name>', 'the payment provider').choices(PROVIDER_NAMES).makeOptionMandatory())
    .requiredOption('--webhook-secret <secret>', "the signing secret of the provider's webhook (Stripe: whsec_...)")
    .action(async (options: { project: number; provider: string; webhookSecret: string }) => {
      const address = await withContext(async ({ db, clock, sealer, config }) => {
        const sealed = sealer.seal(options.webhookSecret)
        await db
          .transaction()
          .execute((tx) => connectProvider(tx, options.project, options.provider, sealed, clock.now()))
        return `${config.publicUrl}/webhook/${options.provider}/${options.project}`
      })
      printLine(`Project ${options.project} listens to ${options.provider} at ${address}`)
    })
}
