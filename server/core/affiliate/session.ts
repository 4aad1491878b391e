/** A browser that logged in: 256 random bits behind `rgs_`, stored as a SHA-256, good until revoked or not used for 90 days. */
import { createHash, randomBytes } from 'node:crypto'
import type { Affiliate, Instant, Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'
import { addHours } from '../kit/time.ts'

const UNUSED_DAYS = 90

/** @returns the token, which is not kept */
export async function openSession(
  tx: Tx,
  affiliate: Pick<Affiliate, 'id' | 'project_id'>,
  now: Instant,
): Promise<string> {
  const token = `rgs_${randomBytes(32).toString('base64url')}`
  await tx
    .insertInto('affiliate_session')
    .values({
      project_id: affiliate.project_id,
      affiliate_id: affiliate.id,
      hash: hashOf(token),
      created_at: now,
      last_used_at: now,
      revoked_at: null,
    })
    .execute()
  return token
}

/**
 * The e-mail a token stands for, or undefined. The hash is looked up, not compared: its timing tells nothing about any token.
 * Its use is written down once a day, not with every look at the dashboard.
 */
export async function useSession(tx: Tx, projectId: number, token: string, now: Instant): Promise<string | undefined> {
  const [session] = await selectSession(tx, { projectId, hash: hashOf(token), since: unusedSince(now) })
  if (session && session.last_used_at < addHours(now, -24))
    await tx.updateTable('affiliate_session').set({ last_used_at: now }).where('id', '=', session.id).execute()
  return session?.email
}

const selectSession = prepared((tx, { projectId, hash, since }: { projectId: number; hash: string; since: Instant }) =>
  tx
    .selectFrom('affiliate_session')
    .innerJoin('affiliate', 'affiliate.id', 'affiliate_session.affiliate_id')
    .select(['affiliate_session.id', 'affiliate_session.last_used_at', 'affiliate.email'])
    .where('affiliate_session.hash', '=', hash)
    .where('affiliate_session.project_id', '=', projectId)
    .where('affiliate_session.revoked_at', 'is', null)
    .where('affiliate_session.last_used_at', '>=', since)
    .where('affiliate.deleted_at', 'is', null),
)

/** Logging out. A token that opens nothing is logged out already. */
export async function revokeSession(tx: Tx, projectId: number, token: string, now: Instant): Promise<void> {
  await tx
    .updateTable('affiliate_session')
    .set({ revoked_at: now })
    .where('hash', '=', hashOf(token))
    .where('project_id', '=', projectId)
    .where('revoked_at', 'is', null)
    .execute()
}

/** Logs an affiliate out everywhere; a code on its way to him opens nothing either. */
export async function revokeSessions(tx: Tx, affiliateId: number, now: Instant): Promise<void> {
  await tx
    .updateTable('affiliate_session')
    .set({ revoked_at: now })
    .where('affiliate_id', '=', affiliateId)
    .where('revoked_at', 'is', null)
    .execute()
  await tx.deleteFrom('login_code').where('affiliate_id', '=', affiliateId).execute()
}

/** Removes what opens nothing any more. */
export async function forgetSessions(tx: Tx, now: Instant): Promise<void> {
  await tx
    .deleteFrom('affiliate_session')
    .where((eb) => eb.or([eb('revoked_at', 'is not', null), eb('last_used_at', '<', unusedSince(now))]))
    .execute()
}

const unusedSince = (now: Instant) => addHours(now, -24 * UNUSED_DAYS)
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
