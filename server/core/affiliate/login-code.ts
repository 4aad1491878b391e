/**
 * Proving an email address with a code by mail, to join or to log in. Each request opens a challenge that only the browser that
 * asked knows: six digits, ten minutes, five tries, once. A wrong guess counts against its own challenge, so nobody can end
 * somebody else's code. When more codes are asked for than a person needs, the mail carries 128 random bits instead: nobody
 * guesses them, so the owner of the mailbox has a way in whatever strangers do. Whether an address has joined shows neither in
 * the answers nor in the work they take.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import type { Instant, LoginCode, Project, Tx } from '../../db/schema.ts'
import { addressKey, hasRoom } from '../kit/address-limit.ts'
import { findAffiliate } from './affiliate.ts'
import { queueMail } from '../news/mail.ts'
import { settingsOf } from '../project/settings.ts'
import { type Keys, sameSignature, type Sign } from '../kit/signing.ts'
import { addMinutes } from '../kit/time.ts'

export const MINUTES = 10
const TRIES = 5
/** Longer than the clock hour that may pass until the next one is mailed: there is always one that opens. */
const SECRET_MINUTES = 120

/** One network takes at most half of what an address gets, so it needs several to make the codes long. */
const PER_ASKER = [
  { seconds: 600, most: 5 },
  { seconds: 86_400, most: 10 },
]
/** Twenty codes of five tries are a hundred guesses a day: a chance of one in ten thousand to hit a code. */
const PER_ADDRESS = [
  { seconds: 600, most: 10 },
  { seconds: 86_400, most: 20 },
]

export interface CodeRequest {
  email: string
  /** The network that asks, hashed. */
  asker: string
  language?: string | undefined
  /** To join, a code goes to any address; to log in, only to those that have joined. */
  joins: boolean
}

/** Mails a code. @returns the challenge it answers, for the browser that asked; not kept */
export async function mailCode(
  tx: Tx,
  project: Project,
  { email, asker, language, joins }: CodeRequest,
  { sign, seal }: Keys,
  now: Instant,
): Promise<string> {
  const address = addressKey(project.id, email, sign)
  // In this order: what one network asks for too often is not counted against the address.
  const short =
    (await hasRoom(tx, `code ${address} ${asker}`, PER_ASKER, now)) &&
    (await hasRoom(tx, `code ${address}`, PER_ADDRESS, now))
  const affiliate = await findAffiliate(tx, project.id, email)
  // As they joined, not as somebody typed it.
  const recipient = affiliate?.email ?? (joins ? email : undefined)
  const challenge = randomBytes(16).toString('base64url')
  const code = short ? sixDigits() : randomBytes(16).toString('hex')
  const expires_at = addMinutes(now, short ? MINUTES : SECRET_MINUTES)
  const isNew = await keep(tx, {
    project_id: project.id,
    challenge: hashOf(short ? challenge : `${address} ${now.slice(0, 'YYYY-MM-DDTHH'.length)}`),
    address,
    affiliate_id: affiliate?.id ?? null,
    kind: recipient === undefined ? 'none' : short ? 'digits' : 'secret',
    hash: short ? digitsHash(sign, challenge, code) : secretHash(sign, address, code),
    tries: 0,
    expires_at,
    created_at: now,
  })
  if (!isNew || recipient === undefined) {
    // As many writes as for a mail, before the same commit: the time of the answer tells nothing.
    await tx.updateTable('mail').set({ error: null }).where('id', '=', NO_MAIL).execute()
    return challenge
  }
  await queueMail(
    tx,
    project,
    {
      recipient,
      template: 'login_code',
      language: language ?? affiliate?.language ?? settingsOf(project).language,
      fields: { code: seal(code), long: !short, expires_at },
    },
    now,
  )
  return challenge
}

const NO_MAIL = 0
const sixDigits = () => String(randomInt(1_000_000)).padStart(6, '0')

/**
 * A challenge has a row of its own. Of the long codes an address has one per clock hour until it is used, whoever asks: the
 * row's key says so, and one that was not mailed to anybody gives way. @returns whether this one is kept, and so to be mailed
 */
async function keep(tx: Tx, row: LoginCode): Promise<boolean> {
  const kept = await tx
    .insertInto('login_code')
    .values(row)
    .onConflict((clash) =>
      clash.columns(['project_id', 'challenge']).doUpdateSet(row).where('login_code.kind', '=', 'none'),
    )
    .returning('challenge')
    .executeTakeFirst()
  return kept !== undefined
}

export interface Proof {
  email: string
  /** What `mailCode` answered; a long code needs none. */
  challenge: string
  /** Six digits, or the long code. */
  code: string
}

/**
 * Takes a code in: does it prove the address? Commit the transaction also when it does not, because the try counts.
 * Wrong, expired, used, tried too often, another browser's or nobody's: all are false.
 */
export async function takeCode(tx: Tx, projectId: number, proof: Proof, sign: Sign, now: Instant): Promise<boolean> {
  const address = addressKey(projectId, proof.email, sign)
  return proof.code.length > 6
    ? takeSecret(tx, { projectId, address, hash: secretHash(sign, address, proof.code) }, now)
    : takeDigits(tx, projectId, { ...proof, address }, sign, now)
}

async function takeDigits(
  tx: Tx,
  projectId: number,
  { address, challenge, code }: Proof & { address: string },
  sign: Sign,
  now: Instant,
): Promise<boolean> {
  // Counted before it is compared, in one statement: requests that come together do not share a try.
  const live = await tx
    .updateTable('login_code')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where('project_id', '=', projectId)
    .where('challenge', '=', hashOf(challenge))
    .where('address', '=', address)
    .where('kind', '=', 'digits')
    .where('expires_at', '>', now)
    .where('tries', '<', TRIES)
    .returning(['hash', 'challenge'])
    .executeTakeFirst()
  if (!live || !sameSignature(live.hash, digitsHash(sign, challenge, code))) return false

  await tx
    .deleteFrom('login_code')
    .where('project_id', '=', projectId)
    .where('challenge', '=', live.challenge)
    .execute()
  return true
}

/** Looked up by its keyed hash, not compared: the timing tells nothing about any code. */
async function takeSecret(
  tx: Tx,
  { projectId, address, hash }: { projectId: number; address: string; hash: string },
  now: Instant,
): Promise<boolean> {
  const taken = await tx
    .deleteFrom('login_code')
    .where('project_id', '=', projectId)
    .where('address', '=', address)
    .where('kind', '=', 'secret')
    .where('hash', '=', hash)
    .where('expires_at', '>', now)
    .returning('challenge')
    .executeTakeFirst()
  return taken !== undefined
}

/** Removes codes that are not good any more. */
export async function forgetLoginCodes(tx: Tx, now: Instant): Promise<void> {
  await tx.deleteFrom('login_code').where('expires_at', '<=', now).execute()
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const digitsHash = (sign: Sign, challenge: string, code: string) => sign(`login code ${challenge} ${code}`)
const secretHash = (sign: Sign, address: string, code: string) => sign(`login secret ${address} ${code}`)
