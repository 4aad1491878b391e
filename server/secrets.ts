/** Secrets at rest: sealed with AES-256-GCM under a key from SECRET_KEY, or from a file made on first start. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { makeFolderFor, makePrivate } from './db/private-file.ts'

export interface Sealer {
  seal(text: string): string
  /** @throws Error when the text was sealed with another key or changed */
  open(sealed: string): string
  /** HMAC-SHA256 under a key of its own, in base64url: nobody without SECRET_KEY computes it, or finds a short `text` by trying. */
  sign: (text: string) => string
}

/** @param key 32 bytes */
export function createSealer(key: Buffer): Sealer {
  const signingKey = createHmac('sha256', key).update('refgrow signatures').digest()
  return {
    sign: (text) => createHmac('sha256', signingKey).update(text).digest('base64url'),
    seal(text) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(12, 28))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
      } catch {
        throw new Error(
          'A stored secret cannot be opened: SECRET_KEY (or the key file) is not the one it was sealed with',
        )
      }
    },
  }
}

/** What a host page's server signs addresses with. */
export const newHmacSecret = (): string => randomBytes(32).toString('hex')

/** The key in the file, which is made (readable by its owner only) when there is none. */
export function keyFromFile(file: string): Buffer {
  makeFolderFor(file)
  try {
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    makePrivate(file)
  }
  return readKey(file)
}

/**
 * The key in the file, looked for when it is first needed: many commands never need it, and none of them makes one, because
 * what another key sealed could not be opened any more.
 */
export function sealerFromExisting(file: string): Sealer {
  let sealer: Sealer | undefined
  const made = () => (sealer ??= createSealer(readExisting(file)))
  return { seal: (text) => made().seal(text), open: (sealed) => made().open(sealed), sign: (text) => made().sign(text) }
}

function readExisting(file: string): Buffer {
  if (existsSync(file)) return readKey(file)
  throw new Error(
    `${file} is missing: it seals the stored secrets. Put it back from the backup, or set SECRET_KEY to the server's`,
  )
}

function readKey(file: string): Buffer {
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
  if (key.length !== 32) throw new Error(`${file} must hold 64 hexadecimal digits`)
  return key
}

/** Does `given` (hex) equal HMAC-SHA256(secret, text)? In constant time. */
export function hmacMatches(secret: string, text: string, given: string): boolean {
  const expected = createHmac('sha256', secret).update(text).digest()
  const actual = Buffer.from(/^[0-9a-fA-F]{64}$/.test(given) ? given : '', 'hex')
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}
