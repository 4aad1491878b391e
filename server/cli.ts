/** The command line: `npm run -s refgrow -- COMMAND`. Each group of commands is one file in commands/. */
import { Command } from 'commander'
import { apiKeyCommands } from './commands/apikey.ts'
import { databaseCommands } from './commands/database.ts'
import { projectCommands } from './commands/project.ts'
import { providerCommands } from './commands/provider.ts'
import { scriptCommands } from './commands/scripts.ts'
import { settingsCommands } from './commands/settings.ts'

const program = new Command('refgrow')
  .description('Refgrow, self-hosted: projects, keys, providers, settings, and the care of the database.')
  .addHelpText('after', '\nThe database is DATABASE_URL (default sqlite:data/refgrow.db), as for the server.\n')
  .showHelpAfterError('(--help shows what is expected)')
  .configureHelp({ showGlobalOptions: true })

for (const add of [
  projectCommands,
  apiKeyCommands,
  providerCommands,
  settingsCommands,
  scriptCommands,
  databaseCommands,
])
  add(program)

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`refgrow: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
