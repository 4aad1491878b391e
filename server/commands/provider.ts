/** `refgrow provider ...` */
import { type Command, Option } from 'commander'
import type { Context } from '../context.ts'
import { connectProvider, findConnection, parseApiUrl } from '../core/provider-connection.ts'
import { getProject } from '../core/project.ts'
import { stripeApi, stripeProblem } from '../outbound/stripe-api.ts'
import { checkProvider, isReachable, listProviders, type ProviderState, unreachable } from '../providers/check.ts'
import { NEEDS, webhookAddress } from '../providers/events-needed.ts'
import { PROVIDER_NAMES, type ProviderName } from '../providers/provider.ts'
import { connectEndpoint } from '../providers/stripe-endpoint.ts'
import { positiveInteger, printJson, printLine, printTable, withContext } from './context.ts'
import { retried } from '../db/retried.ts'

interface Connect {
  project: number
  provider: ProviderName
  webhookSecret?: string
  secretKey?: string
  apiUrl?: string
}

export function providerCommands(program: Command): void {
  const provider = program.command('provider').description('Connect payment providers')
  const ofProject = (name: string) =>
    provider.command(name).requiredOption('--project <id>', 'the project', positiveInteger)
  const named = () => new Option('--provider <name>', 'the payment provider').choices(PROVIDER_NAMES)

  ofProject('connect')
    .description('Listen to a payment provider; again replaces what is given')
    .addOption(named().makeOptionMandatory())
    .option('--webhook-secret <secret>', "the signing secret of the provider's webhook (Stripe: whsec_...)")
    .option('--secret-key <key>', "a key of the provider's API; with Stripe's, the webhook is made there")
    .option('--api-url <address>', "where the provider's API is, when it is not the provider's own")
    .action(async (options: Connect) => {
      const state = await withContext(async (context) => {
        await connect(context, options)
        const states = await listProviders(context, options.project)
        return states.find(({ provider }) => provider === options.provider)
      })
      printLine(`Project ${options.project} listens to ${NEEDS[options.provider].name} at ${state?.address}`)
      if (options.provider === 'stripe' && options.secretKey)
        return printLine(
          'The webhook is set up at Stripe; "provider check" says whether everything is as it should be.',
        )
      if (state) printSteps(state)
    })

  ofProject('list')
    .description('What is connected, and the address and events for each provider')
    .option('--json', 'print JSON')
    .action(async ({ project, json }: { project: number; json?: true }) => {
      const states = await withContext(async (context) => {
        await retried(context.db, (tx) => getProject(tx, project))
        return listProviders(context, project)
      })
      if (json) return printJson(states)
      printTable(
        states.map(({ provider, connected, api_key, live, last_event_at, address }) => ({
          provider,
          connected: connected ? 'yes' : 'no',
          api_key: api_key ? 'yes' : 'no',
          live: live ? 'yes' : 'no',
          last_event_at,
          address,
        })),
        'No providers.',
      )
      for (const state of states.filter(({ connected }) => !connected)) printSteps(state)
    })

  ofProject('check')
    .description('What is missing for events to come; exits with 1 when something is')
    .addOption(named())
    .option('--json', 'print JSON')
    .action(async ({ project, provider, json }: { project: number; provider?: ProviderName; json?: true }) => {
      const checks = await withContext(async (context) => {
        await retried(context.db, (tx) => getProject(tx, project))
        const connected = (await listProviders(context, project)).filter((state) => state.connected)
        const names = provider ? [provider] : connected.map((state) => state.provider)
        return Promise.all(names.map((name) => checkProvider(context, project, name)))
      })
      if (checks.length === 0 || checks.some(({ problems }) => problems.length > 0)) process.exitCode = 1
      if (json) return printJson(checks)
      if (checks.length === 0) return printLine('No payment provider is connected; run "refgrow provider connect".')
      for (const { provider, last_event_at, problems } of checks) {
        printLine(`${provider}: ${problems.length === 0 ? 'ok' : 'not ok'}, last event ${last_event_at ?? 'none yet'}`)
        for (const problem of problems) printLine(`  ${problem}`)
      }
    })
}

/** @throws Error with one sentence; nothing is stored then */
async function connect(context: Context, { project, provider, webhookSecret, secretKey, apiUrl }: Connect) {
  const { config, db, clock, sealer } = context
  const known = await retried(db, async (tx) => {
    await getProject(tx, project)
    return findConnection(tx, project, provider)
  })
  const url = apiUrl === undefined ? null : parseApiUrl(apiUrl)
  const address = webhookAddress(config.publicUrl, provider, project)
  const made =
    provider === 'stripe' && secretKey ? await endpoint(config.publicUrl, address, secretKey, url) : undefined

  const secret = made?.secret ?? webhookSecret
  const sealed = secret === undefined ? known?.webhook_secret_sealed : sealer.seal(secret)
  if (sealed === undefined)
    throw new Error(
      made
        ? `Stripe has the endpoint ${made.id} for ${address} already, and tells its signing secret only in the dashboard: give it with --webhook-secret, or delete the endpoint there and connect again`
        : `--webhook-secret is needed: ${NEEDS[provider].secret}`,
    )
  const api = secretKey
    ? { api_key_sealed: sealer.seal(secretKey), api_url: url, endpoint_id: made?.id ?? null }
    : undefined
  await retried(db, (tx) => connectProvider(tx, project, provider, sealed, clock.now(), api))
}

async function endpoint(publicUrl: string, address: string, key: string, url: string | null) {
  if (!isReachable(publicUrl)) throw new Error(unreachable(publicUrl, 'Stripe'))
  try {
    return await connectEndpoint(stripeApi({ key, url }), address)
  } catch (error) {
    throw new Error(stripeProblem(error), { cause: error })
  }
}

function printSteps({ provider, address, where, events }: ProviderState): void {
  printLine(`At ${NEEDS[provider].name}: ${where}`)
  printLine(`  paste  ${address}`)
  printLine(`  tick   ${events.join(', ')}`)
}
