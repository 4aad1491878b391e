/** Whether a payment provider's events can come and be understood, and what is missing for that. */
import type { Context } from '../context.ts'
import { findConnection, lastEventAt, type ProviderKey } from '../core/project/provider-connection.ts'
import { failedTasks } from '../core/project/provider-task.ts'
import type { Instant, ProviderConnection } from '../db/schema.ts'
import { PROVIDER_NAMES, type ProviderName, providerNamed } from './registry.ts'
import { retried } from '../db/retried.ts'

export interface ProviderState {
  provider: ProviderName
  connected: boolean
  /** What to paste at the provider, where, and what to tick there. */
  address: string
  where: string
  events: string[]
  /** A key for the provider's API is stored. */
  api_key: boolean
  /** A live event came: test events are ignored from then on. */
  live: boolean
  last_event_at: Instant | null
}

type Ours = Pick<Context, 'config' | 'db' | 'sealer'>

export const listProviders = (context: Ours, projectId: number): Promise<ProviderState[]> =>
  Promise.all(PROVIDER_NAMES.map(async (provider) => (await read(context, projectId, provider)).state))

/** `problems` are sentences; none: everything is as it should be. */
export async function checkProvider(
  context: Ours,
  projectId: number,
  name: ProviderName,
): Promise<ProviderState & { problems: string[] }> {
  const { state, connection, failed } = await read(context, projectId, name)
  const { title, webhook, problemOf } = providerNamed(name)
  if (!connection)
    return { ...state, problems: [`${title} is not connected: run "refgrow provider connect" with its secret`] }

  const problems = [
    ...(isReachable(context.config.publicUrl) ? [] : [unreachable(context.config.publicUrl, title)]),
    ...failed.map(({ kind, error }) => `${kind.replace('_', ' ')}: ${error}`),
  ]
  try {
    context.sealer.open(connection.webhook_secret_sealed)
    const key = keyOf(context, connection)
    if (key && webhook) problems.push(...(await webhook.problems(key, state.address)))
  } catch (error) {
    problems.push(problemOf(error))
  }
  return { ...state, problems }
}

/** Opened; undefined where none is stored. */
export function keyOf({ sealer }: Pick<Context, 'sealer'>, connection: ProviderConnection): ProviderKey | undefined {
  if (connection.api_key_sealed === null) return undefined
  return { key: sealer.open(connection.api_key_sealed), url: connection.api_url }
}

const read = ({ config, db }: Ours, projectId: number, provider: ProviderName) =>
  retried(db, async (tx) => {
    const connection = await findConnection(tx, projectId, provider)
    const { where, events } = providerNamed(provider).setup
    const state: ProviderState = {
      provider,
      connected: connection !== undefined,
      address: webhookAddress(config.publicUrl, provider, projectId),
      where,
      events: [...events],
      api_key: Boolean(connection?.api_key_sealed),
      live: Boolean(connection?.live),
      last_event_at: await lastEventAt(tx, projectId, provider),
    }
    return { state, connection, failed: await failedTasks(tx, projectId, provider) }
  })

export const webhookAddress = (publicUrl: string, provider: string, projectId: number): string =>
  `${publicUrl}/webhook/${provider}/${projectId}`

/** Providers post over https to names of the public internet only. */
export function isReachable(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'https:' && !/^(localhost|127\.|10\.|192\.168\.|\[::1\])|\.localhost$/.test(hostname)
}

export const unreachable = (publicUrl: string, title: string): string =>
  `PUBLIC_URL is ${publicUrl}, which ${title} cannot reach; set it to the https address of this server`
