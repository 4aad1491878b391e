/** How often something is asked for one email address, counted in the database so that all processes count together. */
import type { Instant, Tx } from '../../db/schema.ts'
import { emailKey } from './email.ts'
import { countInWindows } from './rate-window.ts'
import type { Sign } from './signing.ts'

/** What stands for an address in counters and codes: a signature, so that a stranger's address is not kept. */
export const addressKey = (projectId: number, email: string, sign: Sign): string =>
  sign(`address ${projectId} ${emailKey(email)}`)

/** Counts one request in each window. @param name of the counters @returns whether each still had room for it */
export async function hasRoom(
  tx: Tx,
  name: string,
  windows: { seconds: number; most: number }[],
  now: Instant,
): Promise<boolean> {
  const second = Math.floor(Date.parse(now) / 1000)
  const counted = windows.map(({ seconds, most }) => ({
    key: `${name} ${seconds}`,
    starts_at: new Date((second - (second % seconds)) * 1000).toISOString(),
    most,
  }))
  const used = await countInWindows(
    tx,
    counted.map(({ key, starts_at }) => ({ key, starts_at })),
    now,
  )
  return counted.every(({ key, most }) => (used.get(key) ?? 0) <= most)
}
