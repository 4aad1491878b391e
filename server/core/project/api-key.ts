/** API keys: 256 random bits behind `rgk_`, shown once, stored as a SHA-256 (a slow hash would only cap throughput). */
import { createHash, randomBytes } from 'node:crypto'
import type { Db, Instant, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { getProject } from './project.ts'
import { prepared } from '../kit/prepared.ts'
import { addMinutes } from '../kit/time.ts'

/** What a key may do: `read` is GET, `write` is everything that changes something. */
export const SCOPES = ['read', 'write'] as const
export type Scope = (typeof SCOPES)[number]

export interface ApiKey {
  id: number
  name: string
  /** The first characters, to tell keys apart. */
  prefix: string
  scopes: string
  created_at: Instant
  last_used_at: Instant | null
  revoked_at: Instant | null
}

/** @returns the key itself, which is not kept. @throws DomainError 'project_not_found' */
export async function createApiKey(
  tx: Tx,
  projectId: number,
  name: string,
  now: Instant,
  scopes: readonly Scope[] = SCOPES,
): Promise<{ id: number; key: string }> {
  await getProject(tx, projectId)
  const key = `rgk_${randomBytes(32).toString('base64url')}`
  const row = await tx
    .insertInto('api_key')
    .values({
      project_id: projectId,
      name,
      prefix: key.slice(0, 10),
      hash: hashOf(key),
      scopes: SCOPES.filter((scope) => scopes.includes(scope)).join(' '),
      created_at: now,
      last_used_at: null,
      revoked_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id: row.id, key }
}

export const listApiKeys = (tx: Tx, projectId: number): Promise<ApiKey[]> =>
  tx
    .selectFrom('api_key')
    .select(['id', 'name', 'prefix', 'scopes', 'created_at', 'last_used_at', 'revoked_at'])
    .where('project_id', '=', projectId)
    .orderBy('id')
    .execute()

/** Revokes at once. @throws DomainError 'api_key_not_found' */
export async function revokeApiKey(tx: Tx, projectId: number, id: number, now: Instant): Promise<void> {
  const row = await tx
    .updateTable('api_key')
    .set((eb) => ({ revoked_at: eb.fn.coalesce('revoked_at', eb.val(now)) }))
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  if (!row) throw new DomainError('api_key_not_found', `No API key ${id} in project ${projectId}`)
}

/**
 * The project a key opens, or undefined. One read without a transaction, on every request of the API. The hash is looked up,
 * not compared: its timing tells nothing about any key.
 */
export const findApiKey = async (
  db: Db,
  key: string,
): Promise<{ id: number; project_id: number; scopes: string } | undefined> =>
  (await selectKey(db, { hash: hashOf(key) }))[0]

const selectKey = prepared((db, { hash }: { hash: string }) =>
  db
    .selectFrom('api_key')
    .select(['id', 'project_id', 'scopes'])
    .where('hash', '=', hash)
    .where('revoked_at', 'is', null),
)

/** Notes when a key was last used; to the minute is enough, and spares a write per request. */
export async function touchApiKey(tx: Tx, id: number, now: Instant): Promise<void> {
  await tx
    .updateTable('api_key')
    .set({ last_used_at: now })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', addMinutes(now, -1))]))
    .execute()
}

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex')
