/** All commands with their help; cli.ts runs them. */
import { Command } from 'commander'
import { affiliateCommands } from './affiliate.ts'
import { apiKeyCommands } from './apikey.ts'
import { databaseCommands } from './database.ts'
import { mcpCommands } from './mcp.ts'
import { inviteCommands } from './invite.ts'
import { inboxCommands } from './inbox.ts'
import { payoutCommands } from './payout.ts'
import { projectCommands } from './project.ts'
import { providerCommands } from './provider.ts'
import { rateCommands } from './rates.ts'
import { scriptCommands } from './scripts.ts'
import { secretCommands } from './secret.ts'
import { settingsCommands } from './settings.ts'
import { statsCommands } from './stats.ts'
import { whatIfCommands } from './what-if.ts'
import { webhookCommands } from './webhook.ts'

export function createProgram(): Command {
  const program = new Command('refgrow')
    .description(
      'Refgrow, self-hosted: projects, affiliates, payouts, keys, providers, settings, and the care of the database.',
    )
    .addHelpText(
      'after',
      '\nThe database is DATABASE_URL (default sqlite:data/refgrow.db), from the environment or .env, as for the server.\n',
    )
    .showHelpAfterError('(--help shows what is expected)')
    .configureHelp({ showGlobalOptions: true })
  for (const add of [
    projectCommands,
    apiKeyCommands,
    affiliateCommands,
    secretCommands,
    inviteCommands,
    statsCommands,
    whatIfCommands,
    payoutCommands,
    providerCommands,
    inboxCommands,
    webhookCommands,
    settingsCommands,
    rateCommands,
    scriptCommands,
    databaseCommands,
    mcpCommands,
  ])
    add(program)
  return program
}
