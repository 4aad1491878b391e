/** Connecting a project to a payment provider: what is given is checked, and what works is replaced only when that was asked for. */
import type { Context } from '../context.ts'
import { DomainError } from '../core/kit/errors.ts'
import { getProject } from '../core/project/project.ts'
import { connectProvider, findConnection, parseApiUrl } from '../core/project/provider-connection.ts'
import { retried } from '../db/retried.ts'
import { stripeApi, stripeProblem } from '../outbound/stripe-api.ts'
import { isReachable, unreachable } from './check.ts'
import { NEEDS, webhookAddress } from './events-needed.ts'
import type { ProviderName } from './provider.ts'
import { checkApiKey, checkWebhookSecret } from './secret-form.ts'
import { type ConnectedEndpoint, connectEndpoint } from './stripe/endpoint.ts'

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
  provider: ProviderName,
  { webhookSecret, secretKey, apiUrl, replace = false }: Given,
): Promise<void> {
  const url = apiUrl === undefined ? null : parseApiUrl(apiUrl)
  if (webhookSecret !== undefined) checkWebhookSecret(provider, webhookSecret)
  if (secretKey !== undefined) checkApiKey(provider, secretKey)

  const known = await retried(db, async (tx) => {
    await getProject(tx, projectId)
    return findConnection(tx, projectId, provider)
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

  const address = webhookAddress(config.publicUrl, provider, projectId)
  let made: ConnectedEndpoint | undefined
  if (provider === 'stripe' && secretKey !== undefined) {
    if (!isReachable(config.publicUrl)) throw new Error(unreachable(config.publicUrl, 'Stripe'))
    made = await atStripe(() => connectEndpoint(stripeApi({ key: secretKey, url }), address, mayReplace(secretNow)))
    if (!made)
      throw new DomainError(
        'invalid_request',
        `Stripe has no webhook for ${address}. With --replace one is made, and its signing secret takes the place of the stored one`,
      )
  }
  const secret = made?.secret ?? webhookSecret
  const sealed = secret === undefined ? known?.webhook_secret_sealed : sealer.seal(secret)
  if (sealed === undefined) throw secretNeeded(provider, address, made)

  const api =
    secretKey === undefined
      ? undefined
      : { api_key_sealed: sealer.seal(secretKey), api_url: url, endpoint_id: made?.id ?? null }
  await retried(db, (tx) => connectProvider(tx, projectId, provider, sealed, clock.now(), api))
}

/** undefined: sealed with another key, so it works no more. */
function opened(sealer: Context['sealer'], sealed: string): string | undefined {
  try {
    return sealer.open(sealed)
  } catch {
    return undefined
  }
}

async function atStripe<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new Error(stripeProblem(error), { cause: error })
  }
}

const nothingGiven = (provider: ProviderName, isConnected: boolean) =>
  new DomainError(
    'invalid_request',
    isConnected
      ? `${NEEDS[provider].name} is connected already; give what is to change: --webhook-secret or --secret-key`
      : `--webhook-secret is needed: ${NEEDS[provider].secret}`,
  )

const replaces = (provider: ProviderName, what: string, consequence: string) =>
  new DomainError(
    'invalid_request',
    `${NEEDS[provider].name} is connected with another ${what}, which works. With --replace the new one takes its place. ${consequence}`,
  )

const secretNeeded = (provider: ProviderName, address: string, made: ConnectedEndpoint | undefined) =>
  new DomainError(
    'invalid_request',
    made
      ? `Stripe has the endpoint ${made.id} for ${address} already, and tells its signing secret only in the dashboard: give it with --webhook-secret, or delete the endpoint there and connect again`
      : `--webhook-secret is needed: ${NEEDS[provider].secret}`,
  )
