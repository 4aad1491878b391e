import { createHmac } from 'node:crypto'
import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSealer, hmacMatches, keyFromFile } from './secrets.ts'

test('a sealed secret opens with its key only, and unaltered only', () => {
  const sealer = createSealer(Buffer.alloc(32, 1))
  const sealed = sealer.seal('whsec_ü')
  expect(sealed).not.toContain('whsec')
  expect(sealer.seal('whsec_ü')).not.toBe(sealed)
  expect(sealer.open(sealed)).toBe('whsec_ü')
  expect(() => createSealer(Buffer.alloc(32, 2)).open(sealed)).toThrow('SECRET_KEY')
  const altered = Buffer.from(sealed, 'base64')
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
  expect(() => sealer.open(altered.toString('base64'))).toThrow('SECRET_KEY')
})

test('the key file is made once, for its owner only', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'data', 'secret.key')
  const key = keyFromFile(file)
  expect(key).toHaveLength(32)
  expect(keyFromFile(file).equals(key)).toBe(true)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  writeFileSync(file, 'too short')
  expect(() => keyFromFile(file)).toThrow('must hold 64 hexadecimal digits')
})

test('a hash matches exactly', () => {
  const hash = createHmac('sha256', 'secret').update('ann@example.com').digest('hex')
  expect(hmacMatches('secret', 'ann@example.com', hash)).toBe(true)
  expect(hmacMatches('secret', 'ann@example.com', hash.toUpperCase())).toBe(true)
  for (const wrong of [
    '',
    hash.slice(1),
    `${hash}0`,
    'z'.repeat(64),
    hash.replace(/.$/, hash.endsWith('0') ? '1' : '0'),
  ]) {
    expect(hmacMatches('secret', 'ann@example.com', wrong)).toBe(false)
  }
})

test('a signature is always the same with its key, and another with any other key or text', () => {
  const { sign } = createSealer(Buffer.alloc(32, 1))
  expect(sign('code 123456')).toMatch(/^[\w-]{43}$/)
  expect(createSealer(Buffer.alloc(32, 1)).sign('code 123456')).toBe(sign('code 123456'))
  expect(createSealer(Buffer.alloc(32, 2)).sign('code 123456')).not.toBe(sign('code 123456'))
  expect(sign('code 123457')).not.toBe(sign('code 123456'))
})
