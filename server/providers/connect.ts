/** Connecting a project to a payment provider: what is given is checked, and what works is replaced only when that was asked for. */
import type { Context } from '../context.ts'
import { DomainError } from '../core/kit/errors.ts'
import { getProject } from '../core/project/project.ts'
import { connectProvider, findConnection, parseApiUrl } from '../core/project/provider-connection.ts'
import { retried } from '../db/retried.ts'
import { isReachable, unreachable, webhookAddress } from './check.ts'
import type { ConnectedWebhook, Provider } from './provider.ts'
import { type ProviderName, providerNamed } from './registry.ts'
import { checkApiKey, checkWebhookSecret } from './secret-form.ts'

export interface Given {
  webhookSecret?: string
  secretKey?: string
  apiUrl?: string
  /** The new secret or key may take the place of one that works. */
  replace?: boolean
}

/** @throws Error with one sentence; nothing is stored then */
export async function connect(
  { config, db, clock, sealer }: Pick<Context, 'config' | 'db' | 'clock' | 'sealer'>,
  projectId: number,
  name: ProviderName,
  { webhookSecret, secretKey, apiUrl, replace = false }: Given,
): Promise<void> {
  const provider = providerNamed(name)
  const url = apiUrl === undefined ? null : parseApiUrl(apiUrl)
  if (webhookSecret !== undefined) checkWebhookSecret(provider, webhookSecret)
  if (secretKey !== undefined) checkApiKey(provider, secretKey)

  const known = await retried(db, async (tx) => {
    await getProject(tx, projectId)
    return findConnection(tx, projectId, name)
  })
  const stored = (sealed: string | null | undefined) => (sealed ? opened(sealer, sealed) : undefined)
  const secretNow = stored(known?.webhook_secret_sealed)
  if (webhookSecret === undefined && secretKey === undefined) throw nothingGiven(provider, secretNow !== undefined)
  const mayReplace = (now: string | undefined) => replace || now === undefined
  if (webhookSecret !== undefined && webhookSecret !== secretNow && !mayReplace(secretNow))
    throw replaces(provider, 'signing secret', 'Events that are signed with the stored one are refused from then on')
  const keyNow = stored(known?.api_key_sealed)
  if (secretKey !== undefined && secretKey !== keyNow && !mayReplace(keyNow))
    throw replaces(provider, 'API key', 'The stored one is not used any more')

  const address = webhookAddress(config.publicUrl, name, projectId)
  let made: ConnectedWebhook | undefined
  if (provider.webhook && secretKey !== undefined) {
    const { title, webhook, problemOf } = provider
    if (!isReachable(config.publicUrl)) throw new Error(unreachable(config.publicUrl, title))
    made = await webhook.connect({ key: secretKey, url }, address, mayReplace(secretNow)).catch((error: unknown) => {
      throw new Error(problemOf(error), { cause: error })
    })
    if (!made)
      throw new DomainError(
        'invalid_request',
        `${title} has no webhook for ${address}. With --replace one is made, and its signing secret takes the place of the stored one`,
      )
  }
  const secret = made?.secret ?? webhookSecret
  const sealed = secret === undefined ? known?.webhook_secret_sealed : sealer.seal(secret)
  if (sealed === undefined) throw secretNeeded(provider, address, made)

  const api =
    secretKey === undefined
      ? undefined
      : { api_key_sealed: sealer.seal(secretKey), api_url: url, endpoint_id: made?.id ?? null }
  await retried(db, (tx) => connectProvider(tx, projectId, name, sealed, clock.now(), api))
}

/** undefined: sealed with another key, so it works no more. */
function opened(sealer: Context['sealer'], sealed: string): string | undefined {
  try {
    return sealer.open(sealed)
  } catch {
    return undefined
  }
}

const nothingGiven = ({ title, setup }: Provider, isConnected: boolean) =>
  new DomainError(
    'invalid_request',
    isConnected
      ? `${title} is connected already; give what is to change: --webhook-secret or --secret-key`
      : `--webhook-secret is needed: ${setup.secret.name}`,
  )

const replaces = ({ title }: Provider, what: string, consequence: string) =>
  new DomainError(
    'invalid_request',
    `${title} is connected with another ${what}, which works. With --replace the new one takes its place. ${consequence}`,
  )

const secretNeeded = ({ title, setup }: Provider, address: string, made: ConnectedWebhook | undefined) =>
  new DomainError(
    'invalid_request',
    made
      ? `${title} has the endpoint ${made.id} for ${address} already, and tells its signing secret only in the dashboard: give it with --webhook-secret, or delete the endpoint there and connect again`
      : `--webhook-secret is needed: ${setup.secret.name}`,
  )
