/** How often something may be asked for one e-mail address, counted in the database so that all processes count together. */
import type { Instant, Tx } from '../db/schema.ts'
import { emailKey } from './email.ts'
import { TooOften } from './errors.ts'
import { countInWindows } from './rate-window.ts'
import type { Sign } from './sign.ts'

export interface AddressLimit {
  /** Of the limit, part of its counters' names. */
  name: string
  windows: { seconds: number; most: number }[]
}

/**
 * Counts one request for an address, whether or not it is anybody's. The counters' names hold a signature instead of it.
 * @throws TooOften; the transaction is undone and with it this count, so waiting is enough
 */
export async function countForAddress(
  tx: Tx,
  { name, windows }: AddressLimit,
  { projectId, email }: { projectId: number; email: string },
  sign: Sign,
  now: Instant,
): Promise<void> {
  const address = sign(`address ${projectId} ${emailKey(email)}`)
  const second = Math.floor(Date.parse(now) / 1000)
  const counted = windows.map(({ seconds, most }) => {
    const start = second - (second % seconds)
    return {
      key: `${name}-${seconds} ${address}`,
      starts_at: new Date(start * 1000).toISOString(),
      most,
      wait: start + seconds - second,
    }
  })
  const used = await countInWindows(
    tx,
    counted.map(({ key, starts_at }) => ({ key, starts_at })),
    now,
  )
  const waits = counted.filter(({ key, most }) => (used.get(key) ?? 0) > most).map(({ wait }) => wait)
  if (waits.length > 0) throw new TooOften('this address', Math.max(...waits))
}
