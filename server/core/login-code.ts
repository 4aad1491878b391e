/**
 * Logging in with a code by mail: six digits, ten minutes, five tries, once. At most one code of an affiliate is good at a time.
 * Whether an address has joined shows neither in the answers nor in the work they take.
 */
import { randomInt } from 'node:crypto'
import type { Instant, Project, Tx } from '../db/schema.ts'
import { type AffiliateWithCode, findAffiliate } from './affiliate.ts'
import { type AddressLimit, countForAddress } from './address-limit.ts'
import { queueMail } from './mail.ts'
import { settingsOf } from './settings.ts'
import { sameSignature, type Sign } from './sign.ts'
import { addMinutes } from './time.ts'

export const MINUTES = 10
const TRIES = 5

/** Twenty codes of five tries are a hundred guesses a day: one in ten thousand to meet somebody's code. */
const CODES: AddressLimit = {
  name: 'login-code',
  windows: [
    { seconds: 600, most: 5 },
    { seconds: 86_400, most: 20 },
  ],
}
const LOGINS: AddressLimit = { name: 'login', windows: [{ seconds: 600, most: 30 }] }

/** No affiliate's id: what is done for a stranger finds nothing. */
const NOBODY = 0

/**
 * Mails a new code, which replaces the last one; nothing to a stranger.
 * @throws DomainError 'rate_limited'
 */
export async function mailLoginCode(
  tx: Tx,
  project: Project,
  { email, language }: { email: string; language?: string | undefined },
  sign: Sign,
  now: Instant,
): Promise<void> {
  await countForAddress(tx, CODES, { projectId: project.id, email }, sign, now)
  const affiliate = await findAffiliate(tx, project.id, email)
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const hash = hashOf(code, affiliate, sign)
  const expires_at = addMinutes(now, MINUTES)
  if (!affiliate) return writeToNobody(tx, hash)

  const fresh = { hash, tries: 0, expires_at, created_at: now }
  await tx
    .insertInto('login_code')
    .values({ affiliate_id: affiliate.id, project_id: project.id, ...fresh })
    .onConflict((clash) => clash.column('affiliate_id').doUpdateSet(fresh))
    .execute()
  await queueMail(
    tx,
    project,
    {
      // As he joined, not as somebody typed it.
      recipient: affiliate.email,
      template: 'login_code',
      language: language ?? affiliate.language ?? settingsOf(project).language,
      fields: { code, expires_at },
    },
    now,
  )
}

/** As many writes as for an affiliate, before the same commit: the time of the answer tells nothing. */
async function writeToNobody(tx: Tx, hash: string): Promise<void> {
  await tx.updateTable('login_code').set({ hash, tries: 0 }).where('affiliate_id', '=', NOBODY).execute()
  await tx.updateTable('mail').set({ error: null }).where('id', '=', NOBODY).execute()
}

/**
 * Takes a code in. Commit the transaction also when it was wrong: the try counts.
 * @returns who logged in, or undefined: wrong, expired, used, tried too often, or nobody's address
 * @throws DomainError 'rate_limited'
 */
export async function takeLoginCode(
  tx: Tx,
  projectId: number,
  { email, code }: { email: string; code: string },
  sign: Sign,
  now: Instant,
): Promise<AffiliateWithCode | undefined> {
  await countForAddress(tx, LOGINS, { projectId, email }, sign, now)
  const affiliate = await findAffiliate(tx, projectId, email)
  const given = hashOf(code, affiliate, sign)
  // Counted before it is compared, in one statement: requests that come together do not share a try.
  const live = await tx
    .updateTable('login_code')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where('affiliate_id', '=', affiliate?.id ?? NOBODY)
    .where('expires_at', '>', now)
    .where('tries', '<', TRIES)
    .returning('hash')
    .executeTakeFirst()
  if (!affiliate || !live || !sameSignature(live.hash, given)) return undefined

  await tx.deleteFrom('login_code').where('affiliate_id', '=', affiliate.id).execute()
  return affiliate
}

/** Removes codes that are not good any more. */
export async function forgetLoginCodes(tx: Tx, now: Instant): Promise<void> {
  await tx.deleteFrom('login_code').where('expires_at', '<=', now).execute()
}

const hashOf = (code: string, affiliate: AffiliateWithCode | undefined, sign: Sign) =>
  sign(`login code ${affiliate?.id ?? NOBODY} ${code}`)
