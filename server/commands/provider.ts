/** `refgrow provider ...` */
import { type Command, Option } from 'commander'
import { checkProvider, isReachable, listProviders, type ProviderState, unreachable } from '../providers/check.ts'
import { connect, type Given } from '../providers/connect.ts'
import { PROVIDER_NAMES, type ProviderName, providerNamed } from '../providers/registry.ts'
import { positiveInteger } from './arguments.ts'
import { changeProject, notePublicUrl, readProject } from './context.ts'
import { printJson, printLine, printNote, printTable } from './print.ts'

interface Connect extends Given {
  project: number
  provider: ProviderName
}

export function providerCommands(program: Command): void {
  const provider = program.command('provider').description('Connect payment providers')
  const ofProject = (name: string) =>
    provider.command(name).requiredOption('--project <id>', 'the project', positiveInteger)
  const named = () => new Option('--provider <name>', 'the payment provider').choices(PROVIDER_NAMES)

  ofProject('connect')
    .description('Listen to a payment provider, or change its secret or key')
    .addOption(named().makeOptionMandatory())
    .option('--webhook-secret <secret>', "the signing secret of the provider's webhook (Stripe: whsec_...)")
    .option('--secret-key <key>', "a key of the provider's API; with Stripe's, the webhook is made there")
    .option('--api-url <address>', "where the provider's API is, when it is not the provider's own")
    .option('--replace', 'the new secret or key takes the place of one that works')
    .action(async ({ project, provider, ...given }: Connect) => {
      const { state, publicUrl } = await changeProject(project, async (context) => {
        await connect(context, project, provider, given)
        const states = await listProviders(context, project)
        return { state: states.find((one) => one.provider === provider), publicUrl: context.config.publicUrl }
      })
      const { title, webhook } = providerNamed(provider)
      if (!state?.connected) throw new Error(`${title} is not connected`)
      printLine(`Project ${project} listens to ${title} at ${state.address}`)
      if (!isReachable(publicUrl)) printNote(unreachable(publicUrl, title))
      if (webhook && given.secretKey)
        return printLine(
          `The webhook is set up at ${title}; "provider check" says whether everything is as it should be.`,
        )
      printSteps(state)
    })

  ofProject('list')
    .description('What is connected, and the address and events for each provider')
    .option('--json', 'print JSON')
    .action(async ({ project, json }: { project: number; json?: true }) => {
      const states = await readProject(project, (context) => {
        notePublicUrl(context)
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
      const checks = await readProject(project, async (context) => {
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

function printSteps({ provider, address, where, events }: ProviderState): void {
  printLine(`At ${providerNamed(provider).title}: ${where}`)
  printLine(`  paste  ${address}`)
  printLine(`  tick   ${events.join(', ')}`)
}
