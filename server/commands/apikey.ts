/** `refgrow apikey ...` */
import { type Command, InvalidArgumentError } from 'commander'
import { createApiKey, listApiKeys, revokeApiKey, type Scope, SCOPES } from '../core/project/api-key.ts'
import { nameText, positiveInteger } from './arguments.ts'
import { changeProject, readProject } from './context.ts'
import { printJson, printLine, printTable } from './print.ts'
import { retried } from '../db/retried.ts'

export function apiKeyCommands(program: Command): void {
  const apikey = program.command('apikey').description('Create, list and revoke API keys')

  apikey
    .command('create')
    .description('Create an API key; it is shown this once')
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .option('--name <name>', 'what the key is for', nameText, 'key')
    .option('--scopes <scopes>', 'what it may do: read, write, or both as read,write', scopesIn, [...SCOPES])
    .option('--json', 'print one line of JSON')
    .action(async ({ project, name, scopes, json }: NewKey) => {
      const { id, key } = await changeProject(project, ({ db, clock }) =>
        retried(db, (tx) => createApiKey(tx, project, name, clock.now(), scopes)),
      )
      if (json) return printJson({ id, api_key: key })
      printLine(`API key ${id}: ${key}`)
      printLine('It is shown this once.')
    })

  apikey
    .command('list')
    .description("List a project's API keys; the keys themselves are not kept")
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .option('--json', 'print JSON')
    .action(async ({ project, json }: { project: number; json?: true }) => {
      const keys = await readProject(project, ({ db }) => retried(db, (tx) => listApiKeys(tx, project)))
      if (json) return printJson(keys)
      printTable(
        keys.map(({ id, name, prefix, scopes, last_used_at, revoked_at }) => ({
          id,
          name,
          prefix,
          scopes,
          last_used_at,
          revoked_at,
        })),
        'No API keys.',
      )
    })

  apikey
    .command('revoke')
    .description('Revoke an API key at once')
    .argument('<id>', 'the key\'s number, as "apikey list" shows it', positiveInteger)
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .action(async (id: number, { project }: { project: number }) => {
      await changeProject(project, ({ db, clock }) => retried(db, (tx) => revokeApiKey(tx, project, id, clock.now())))
      printLine(`API key ${id} is revoked.`)
    })
}

interface NewKey {
  project: number
  name: string
  scopes: Scope[]
  json?: true
}

/** @throws InvalidArgumentError, which commander shows with the option's name */
function scopesIn(text: string): Scope[] {
  const scopes = text.split(/[\s,]+/).filter(Boolean) as Scope[]
  if (scopes.length === 0 || !scopes.every((scope) => SCOPES.includes(scope)))
    throw new InvalidArgumentError(`Expected ${SCOPES.join(', ')}, or both separated by a comma.`)
  return scopes
}
