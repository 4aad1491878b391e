/** What only this server can have written. Core holds no keys: who calls hands in the signing (server/secrets.ts). */
import { timingSafeEqual } from 'node:crypto'

/** HMAC-SHA256 of the text under the server's key, 43 characters of base64url. */
export type Sign = (text: string) => string

/** Signing, and sealing what must be read again but not by everybody who can read the database. */
export interface Keys {
  sign: Sign
  seal: (text: string) => string
}

/** Are they the same? In constant time. */
export function sameSignature(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
