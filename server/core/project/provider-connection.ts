/** Which payment providers a project listens to, the sealed secrets their webhooks are signed with, and keys to ask them. */
import type { Instant, ProviderConnection, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { prepared } from '../kit/prepared.ts'
import { getProject } from './project.ts'

/** An opened key, and where the provider's API is: null where the provider says. */
export interface ProviderKey {
  key: string
  url: string | null
}

export type ProviderApi = Pick<ProviderConnection, 'api_key_sealed' | 'api_url' | 'endpoint_id'>

/**
 * Connects, or replaces the secret of a connected provider; without `api` the stored key stays.
 * @throws DomainError 'project_not_found'
 */
export async function connectProvider(
  tx: Tx,
  projectId: number,
  provider: string,
  webhookSecretSealed: string,
  now: Instant,
  api?: ProviderApi,
): Promise<void> {
  await getProject(tx, projectId)
  const values = { webhook_secret_sealed: webhookSecretSealed, ...api, updated_at: now }
  await tx
    .insertInto('provider_connection')
    .values({ project_id: projectId, provider, created_at: now, ...values })
    .onConflict((clash) => clash.columns(['project_id', 'provider']).doUpdateSet(values))
    .execute()
}

export const findConnection = async (
  tx: Tx,
  projectId: number,
  provider: string,
): Promise<ProviderConnection | undefined> => (await selectConnection(tx, { projectId, provider }))[0]

const selectConnection = prepared((tx, { projectId, provider }: { projectId: number; provider: string }) =>
  tx.selectFrom('provider_connection').selectAll().where('project_id', '=', projectId).where('provider', '=', provider),
)

/** @throws DomainError 'provider_not_connected' */
export async function getConnection(tx: Tx, projectId: number, provider: string): Promise<ProviderConnection> {
  const connection = await findConnection(tx, projectId, provider)
  if (connection) return connection
  throw new DomainError(
    'provider_not_connected',
    `Project ${projectId} is not connected to ${provider}; run "refgrow provider connect"`,
  )
}

/** When the provider itself last sent something; what a reconciliation fetched does not count. */
export async function lastEventAt(tx: Tx, projectId: number, provider: string): Promise<Instant | null> {
  const row = await tx
    .selectFrom('provider_event')
    .select('received_at')
    .where('project_id', '=', projectId)
    .where('provider', '=', provider)
    .where('event_id', 'not like', 'reconcile:%')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.received_at ?? null
}

/**
 * An address for `api_url`: https, or http on this machine for a stand-in, without a path.
 * @throws DomainError 'invalid_request'
 */
export function parseApiUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const local = url?.protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(url.hostname)
  if (url && (url.protocol === 'https:' || local) && url.pathname === '/' && !url.search && !url.username)
    return url.origin
  throw new DomainError('invalid_request', `api-url: expected an address such as https://api.stripe.com, got "${text}"`)
}
