/** Every command that README.md and docs/ print, run as it stands against a database and a server of its own. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createProgram } from './commands/program.ts'
import { VARIABLES } from './config.ts'
import { loadEnvFile } from './env-file.ts'
import { type ChildServer, startServer } from './promises/child-server.ts'
import { runCommand } from './test/command-line.ts'
import { parseCurl, runCurl } from './test/curl.ts'
import { createPostgresDatabase } from './test/databases.ts'
import { type DocumentedCommand, inlineCode, PAGES, type Section, sectionsOf } from './test/documented-commands.ts'
import { BROWSER } from './test/programme.ts'
import { type Receiver, startReceiver } from './test/receiver.ts'
import { startStripe, type StripeDouble } from './test/stripe-double.ts'

const ROOT = join(import.meta.dirname, '..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** Programs of others, which are not run. */
const FOREIGN = new Set(['claude'])
/** Run by other tests: the installation, the demo, all tests. */
const ELSEWHERE = new Set(['npm ci', 'npm run demo', 'npm test'])
/** The pages say where the server is; here it is elsewhere. */
const PUBLIC_URL = 'https://refgrow.acme.example'

let stripe: StripeDouble
let receiver: Receiver
beforeAll(async () => {
  stripe = await startStripe()
  receiver = await startReceiver(() => 200)
})
afterAll(() => Promise.all([stripe.close(), receiver.close()]))

/** What readers put in the place of what is printed. */
const replaced = (word: string, { apiKey }: Place): string =>
  word
    .replace('whsec_...', 'whsec_0123456789abcdef')
    .replace('pdl_ntfset_...', 'pdl_ntfset_0123456789abcdef')
    .replace('pdl_live_apikey_...', 'pdl_live_apikey_0123456789')
    .replace('sk_live_...', stripe.key)
    .replace(/^SECRET$/, 'polar_whs_0123456789')
    .replace('https://acme.example/webhooks/refgrow', receiver.url)
    .replace('$REFGROW_API_KEY', apiKey)
    .replace(/^(backup\.db)$/, join(mkdtempSync(join(tmpdir(), 'refgrow-')), '$1'))

/** A database with what the pages take for granted, and a server where one is asked. */
interface Place {
  env: Record<string, string>
  apiKey: string
  server: ChildServer | undefined
  said: string[]
}

const refgrow = (place: Place, args: string | string[]) => runCommand(args, place.env)

async function settle({ page }: Section): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-docs-'))
  const env = { DATABASE_URL: `sqlite:${join(folder, 'refgrow.db')}`, SECRET_KEY: '5'.repeat(64) }
  const place: Place = { env, apiKey: '', server: undefined, said: [] }
  stripe.objects.webhook_endpoints.length = 0
  // README begins with nothing.
  if (page === 'README.md') return place

  Object.assign(env, { PUBLIC_URL })
  const created = await refgrow(place, 'project create --name Acme --website https://acme.example --json')
  place.apiKey = (JSON.parse(created) as { api_key: string }).api_key
  await refgrow(place, 'apikey create --project 1')
  await refgrow(place, 'affiliate add --project 1 --email ann@example.com --code ANN')
  await refgrow(place, 'settings set --project 1 webhook_private_targets true')
  return place
}

/** Where a command needs more than that. */
const BEFORE: [RegExp, (place: Place) => Promise<unknown>][] = [
  [/^(inbox reconcile|provider check)|\/coupons$/, connectStripe],
  [/^webhook (deliveries|replay|enable)/, deliverOnce],
  [/^(payout pay|what-if)/, (place) => sale(place)],
]

function connectStripe({ env }: Place): Promise<string> {
  return runCommand(
    `provider connect --project 1 --provider stripe --secret-key ${stripe.key} --api-url ${stripe.url} --webhook-secret whsec_0123456789abcdef --replace`,
    env,
  )
}

async function deliverOnce(place: Place): Promise<void> {
  const known = JSON.parse(await refgrow(place, 'webhook list --project 1 --json')) as unknown[]
  if (known.length > 0) return
  await refgrow(place, `webhook add --project 1 --url ${receiver.url}`)
  await refgrow(place, 'webhook test 1 --project 1')
}

async function sale(place: Place): Promise<void> {
  const body = { type: 'purchase', referral_code: 'ANN', email: 'buyer@example.com', base_value: 500, reference: '1' }
  const response = await call(place, `${PUBLIC_URL}/api/v1/conversions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${place.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(201)
}

async function call(place: Place, url: string, options: RequestInit): Promise<Response> {
  place.server ??= await startServer(place.env)
  return fetch(url.replace(PUBLIC_URL, place.server.url), options)
}

describe.each(PAGES.flatMap(sectionsOf).map((section) => [`${section.page}: ${section.heading}`, section] as const))(
  '%s',
  (_, section) => {
    test('every command runs', async () => {
      const place = await settle(section)
      try {
        for (const command of section.commands) await run(place, command)
        const [, shown] = /```text\n([\s\S]*?)```/.exec(section.text) ?? []
        if (shown) expect(withoutDays(place.said.at(-1))).toBe(withoutDays(shown))
      } finally {
        place.server?.child.kill('SIGTERM')
        expect(await place.server?.exit).toBe(place.server && 0)
      }
    })
  },
)

const withoutDays = (text = '') => text.replaceAll(/\d{4}-\d\d-\d\d/g, 'DAY')

async function run(place: Place, { text, env, words: printed }: DocumentedCommand): Promise<void> {
  const words = printed.map((word) => replaced(word, place))
  const [program = '', ...args] = words
  const whole = words.join(' ')
  if (ELSEWHERE.has(whole) || FOREIGN.has(program)) return
  if (program === 'export') return
  if (whole === 'cp .env.example .env')
    return loadEnvFile(Object.assign(place.env, { ENV_FILE: join(ROOT, '.env.example') }))
  if (whole === 'npm start') return startAs(place, env)
  if (program === 'curl') {
    await prepare(place, parseCurl(args).url)
    place.server ??= await startServer(place.env)
    const curl = parseCurl(args.map((word) => word.replace(PUBLIC_URL, place.server?.url ?? '')))
    const response = await runCurl(curl)
    expect([text, response.status, await response.json()]).toMatchObject([
      text,
      expect.toSatisfy((s) => s < 300),
      { success: true },
    ])
    return
  }
  expect(whole).toMatch(/^npm run -s refgrow -- /)
  const command = words.slice(5)
  await prepare(place, command.join(' '))
  // Only Stripe's stand-in may be asked.
  if (command.includes(stripe.key)) command.push('--api-url', stripe.url)
  process.exitCode = 0
  const said = await runCommand(command, { ...place.env, ...env })
  expect([text, process.exitCode]).toEqual([text, 0])
  place.said.push(said)
  const [, shortLink] = /Short link +(\S+)/.exec(said) ?? []
  if (shortLink) await openInBrowser(place, shortLink)
}

async function prepare(place: Place, command: string): Promise<void> {
  for (const [needed, work] of BEFORE) if (needed.test(command)) await work(place)
}

/** README's server stays; one that is told more, such as which proxy to believe, shows that it starts and ends. */
async function startAs(place: Place, env: Record<string, string>): Promise<void> {
  const { DATABASE_URL: url } = env
  const database = url?.startsWith('postgres:') && (await createPostgresDatabase(inject('postgresServer')))
  const server = await startServer({ ...place.env, ...env, ...(database && { DATABASE_URL: database }) })
  if (Object.keys(env).length === 0) return void (place.server = server)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  server.child.kill('SIGTERM')
  expect(await server.exit).toBe(0)
}

async function openInBrowser(place: Place, link: string): Promise<void> {
  if (!place.server) return
  const headers = { 'user-agent': BROWSER, 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' }
  const response = await call(place, link, { headers, redirect: 'manual' })
  expect([response.status, response.headers.get('location')]).toEqual([302, expect.stringMatching(/^https:\/\/acme\./)])
  // The click is recorded after the answer.
  await expect
    .poll(async () => (JSON.parse(await refgrow(place, 'stats --project 1 --json')) as { clicks: number }).clicks)
    .toBe(1)
}

const leaves = (command: Command, path: string[] = []): string[] =>
  command.commands.length > 0 ? command.commands.flatMap((one) => leaves(one, [...path, one.name()])) : [path.join(' ')]
const COMMANDS = leaves(createProgram())

test('the table of commands in README.md has every command, and no other', () => {
  const table = /^## Commands\n([\s\S]*?)\n## |^## Commands\n([\s\S]*)$/m.exec(README)?.[0] ?? ''
  const rows = [...table.matchAll(/^\| `((?:[^`|]|\\\|)+)` \|/gm)].map(([, cell = '']) => cell.replaceAll('\\|', '|'))
  const listed = rows.flatMap((cell) => {
    const [group = '', names = ''] = cell.split(' ')
    return /^[a-z|]+$/.test(names) ? names.split('|').map((name) => `${group} ${name}`) : [group]
  })
  expect(listed.toSorted()).toEqual(COMMANDS.toSorted())
})

test('every variable of the configuration is in README.md', () => {
  const documented = [...README.matchAll(/^\| (`[A-Z_`, ]+`) \|/gm)].flatMap(
    ([, cell = '']) => cell.match(/[A-Z_]+/g) ?? [],
  )
  expect(documented.toSorted()).toEqual([...VARIABLES, 'ENV_FILE'].toSorted())
})

test('a command in a sentence is its name alone, or whole', () => {
  const incomplete = PAGES.filter((page) => page !== 'README.md').flatMap((page) =>
    inlineCode(readFileSync(join(ROOT, page), 'utf8'))
      .map((span) => span.replace(/^(npm run -s refgrow --|refgrow) /, ''))
      .filter((span) => COMMANDS.some((name) => name.includes(' ') && span.startsWith(`${name} `)))
      .filter((span) => !/--project \d/.test(span))
      .map((span) => `${page}: ${span}`),
  )
  expect(incomplete).toEqual([])
})
