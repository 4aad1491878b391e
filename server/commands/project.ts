/** `refgrow project ...` */
import { randomBytes } from 'node:crypto'
import { type Command, InvalidArgumentError } from 'commander'
import { createApiKey } from '../core/api-key.ts'
import { createProject } from '../core/project.ts'
import { printJson, printLine, printTable, withContext } from './context.ts'
import { retried } from '../db/retried.ts'

export function projectCommands(program: Command): void {
  const project = program.command('project').description("Create and list projects (one company's programme each)")

  project
    .command('create')
    .description('Create a project with its first API key; key and secret are shown this once')
    .requiredOption('--name <name>', "the company's or programme's name")
    .option('--currency <code>', "the programme's currency, ISO 4217", 'USD')
    .option('--website <url>', 'where referral links lead, such as https://shop.example', website)
    .option('--json', 'print one line of JSON')
    .action(
      async ({
        name,
        currency,
        website: site,
        json,
      }: {
        name: string
        currency: string
        website?: string
        json?: true
      }) => {
        const created = await withContext(async ({ db, clock, sealer }) => {
          const secret = randomBytes(32).toString('hex')
          const sealed = sealer.seal(secret)
          return retried(db, async (tx) => {
            const { id } = await createProject(
              tx,
              { name, currency, website: site ?? null, hmac_secret_sealed: sealed },
              clock.now(),
            )
            const { key } = await createApiKey(tx, id, 'first key', clock.now())
            return { project_id: id, api_key: key, hmac_secret: secret }
          })
        })
        if (json) return printJson(created)
        printLine(`Project ${created.project_id} created.`)
        printLine(`  API key      ${created.api_key}`)
        printLine(`  HMAC secret  ${created.hmac_secret}`)
        printLine('Both are shown this once. The secret signs e-mails for data-user-hash; neither belongs into a page.')
      },
    )

  project
    .command('list')
    .description('List the projects')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const rows = await withContext(({ db }) =>
        db.selectFrom('project').select(['id', 'name', 'currency', 'website', 'created_at']).orderBy('id').execute(),
      )
      if (json) return printJson(rows)
      printTable(rows, 'No projects yet; "project create --name NAME" makes one.')
    })
}

export function website(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('Expected an address such as https://shop.example.')
  return text.replace(/\/+$/, '')
}
