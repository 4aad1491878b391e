/** Ids and times that look like the providers' own. */
import { randomBytes } from 'node:crypto'

export const hex = (bytes: number) => randomBytes(bytes).toString('hex')

const letters = '0123456789abcdefghjkmnpqrstvwxyz'

/** A prefix and a ULID, as Paddle has them: `txn_01j9c2...`. */
export const ulid = (prefix: string) =>
  `${prefix}_01${[...randomBytes(24)].map((byte) => letters[byte % letters.length]).join('')}`

/** With microseconds: `2026-11-20T09:30:00.123000Z`. */
export const micros = (date: Date) => date.toISOString().replace('Z', '000Z')
