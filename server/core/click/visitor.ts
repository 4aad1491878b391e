/** Visitors without identities: a hash whose salt lives for one day. Neither address nor user agent is kept. */
import { hash, randomBytes } from 'node:crypto'
import type { Day, Tx } from '../../db/schema.ts'
import { addDays } from '../kit/time.ts'

/** The day's salt, the same in every process. */
export async function saltOf(tx: Tx, day: Day): Promise<string> {
  await tx
    .insertInto('daily_salt')
    .values({ day, salt: randomBytes(32).toString('hex') })
    .onConflict((clash) => clash.column('day').doNothing())
    .execute()
  const row = await tx.selectFrom('daily_salt').select('salt').where('day', '=', day).executeTakeFirstOrThrow()
  return row.salt
}

/** Removes salts that are 48 hours old or older: from then on no hash can be traced to an address. */
export async function forgetSalts(tx: Tx, today: Day): Promise<void> {
  await tx.deleteFrom('daily_salt').where('day', '<=', addDays(today, -2)).execute()
}

export const visitorHash = (salt: string, projectId: number, ip: string, userAgent: string): string =>
  hash('sha256', `${salt}\n${projectId}\n${ip}\n${userAgent}`, 'base64url').slice(0, 22)
