/** `refgrow project ...` */
import type { Command } from 'commander'
import { createApiKey } from '../core/project/api-key.ts'
import { listProjects } from '../core/project/project.ts'
import { createProject } from '../core/terms/new-project.ts'
import { newHmacSecret } from '../secrets.ts'
import { retried } from '../db/retried.ts'
import { currencyCode, nameText, website } from './arguments.ts'
import { whileCreating, whileReading } from './context.ts'
import { printJson, printLine, printTable } from './print.ts'

interface NewProject {
  name: string
  currency: string
  website?: string
  json?: true
}

export function projectCommands(program: Command): void {
  const project = program.command('project').description("Create and list projects (one company's program each)")

  project
    .command('create')
    .description('Create a project with its first API key; key and secret are shown this once')
    .requiredOption('--name <name>', "the company's or program's name", nameText)
    .option('--currency <code>', "the program's currency, ISO 4217", currencyCode, 'USD')
    .option('--website <url>', 'where referral links lead, such as https://shop.example', website)
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nMakes the database when there is none.\n')
    .action(async ({ name, currency, website: site, json }: NewProject) => {
      const created = await whileCreating(async ({ db, clock, sealer }) => {
        const secret = newHmacSecret()
        const project = { name, currency, website: site ?? null, hmac_secret_sealed: sealer.seal(secret) }
        return retried(db, async (tx) => {
          const { id } = await createProject(tx, project, clock.now())
          const { key } = await createApiKey(tx, id, 'first key', clock.now())
          return { project_id: id, api_key: key, hmac_secret: secret }
        })
      })
      if (json) return printJson(created)
      printLine(`Project ${created.project_id} created.`)
      printLine(`  API key      ${created.api_key}`)
      printLine(`  HMAC secret  ${created.hmac_secret}`)
      printLine('Both are shown this once. The secret signs emails for data-user-hash; neither belongs in a page.')
    })

  project
    .command('list')
    .description('List the projects')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const rows = await whileReading(({ db }) => retried(db, listProjects))
      if (json) return printJson(rows)
      printTable(rows, 'No projects yet; "project create --name NAME" makes one.')
    })
}
