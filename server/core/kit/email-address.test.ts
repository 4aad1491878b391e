import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emailAddress, emailIn, isEmail } from './email-address.ts'
import { emailKey } from './email.ts'

test.each([
  'ann@example.com',
  'a&b@x.com',
  "o'brien@example.ie",
  'josé@x.com',
  'x@müller.de',
  'x@xn--mller-kva.de',
  'ann+tag@mail.example.co.uk',
  'ann..b.@docomo.example.jp',
  '!#$%&*+/=?^_`{|}~-@example.com',
  '用户@例え.jp',
  'δοκιμή@παράδειγμα.δοκιμή',
  '_@example.com',
  'a@b-c.museum',
  `${'l'.repeat(64)}@example.com`,
])('%s is taken', (address) => {
  expect(emailIn(address)).toBe(address)
  expect(emailIn(` \t${address}\u00a0\n`)).toBe(address)
})

test.each([
  '',
  ' ',
  'ann',
  '@example.com',
  'ann@',
  'ann@example',
  'ann@example.c',
  'a nn@example.com',
  'ann@exam ple.com',
  'ann@@example.com',
  'a@b@example.com',
  'ann@example..com',
  'ann@.example.com',
  'ann@example.com.',
  'ann@-example.com',
  'ann@exa_mple.com',
  'ann@127.0.0.1',
  'ann@[127.0.0.1]',
  'ann@0x7f.1',
  'ann@%65xample.com',
  '"a b"@example.com',
  'Ann <ann@example.com>',
  'ann@example.com,ben@example.com',
  'ann\r\nBcc: x@example.com',
  'ann@example.com\r\nBcc: x@example.com',
  'a\u202enn@example.com',
  'ann\u0000@example.com',
  'ann@exa\u00admple.com',
  `${'l'.repeat(250)}@example.com`,
])('%j is refused', (address) => {
  expect(emailIn(address)).toBe(null)
  expect(emailAddress.safeParse(address).error?.issues.at(-1)?.message).toMatch(/^expected an email address such as/)
})

test.each([
  ['X@MÜLLER.de', 'x@xn--mller-kva.de'],
  ['x@xn--MLLER-kva.de', 'x@xn--mller-kva.de'],
  [' Ann@Example.COM ', 'ann@example.com'],
  ['x@例え。jp', 'x@xn--r8jz45g.jp'],
  ['jose\u0301@x.com', 'jos\u00e9@x.com'],
  // The Kelvin sign is no second K: mail to it goes to the K.
  ['\u212aate@x.com', 'kate@x.com'],
  ['x@ｇｍａｉｌ.com', 'x@gmail.com'],
])('%s is compared as %s', (spelling, key) => expect(emailKey(spelling)).toBe(key))

test('what is kept is compared as what was typed, and is an address still', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      (local, name) => {
        const typed = `${local}@${name}.com`
        const kept = emailIn(typed)
        if (kept === null) return
        expect(isEmail(kept)).toBe(true)
        expect(emailIn(kept)).toBe(kept)
        expect(emailKey(kept)).toBe(emailKey(typed))
        expect(emailKey(emailKey(kept))).toBe(emailKey(kept))
      },
    ),
    { seed: 20_261_120, numRuns: 3000 },
  )
})

test('what is no text is no address', () =>
  expect([null, undefined, 5, {}, ['a@b.de']].map(emailIn)).toEqual([null, null, null, null, null]))
