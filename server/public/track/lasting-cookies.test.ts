import { expect, test } from 'vitest'
import { lastingCookies } from './lasting-cookies.ts'

const cookie = 'theme=dark; refgrow_ref_code=ANN; ref=ANN; refgrow_click=m1abcdefgh'
const written = 'ref;path=/;samesite=lax;max-age=2592000;domain=.acme.example;secure'

test('on one site the cookies are set again for their full term, with the values the browser sent', () => {
  expect(lastingCookies({ origin: 'https://www.acme.example', cookie }, 'refgrow.acme.example', written)).toEqual([
    'refgrow_ref_code=ANN; Path=/; Max-Age=2592000; SameSite=Lax; Domain=acme.example; Secure',
    'ref=ANN; Path=/; Max-Age=2592000; SameSite=Lax; Domain=acme.example; Secure',
    'refgrow_click=m1abcdefgh; Path=/; Max-Age=2592000; SameSite=Lax; Domain=acme.example; Secure',
  ])
})

test('where only the host itself keeps the cookie, the answer names no domain', () => {
  const own = 'ref;path=/;samesite=lax;max-age=2592000;domain=;false'
  expect(lastingCookies({ origin: 'http://localhost:4000', cookie: 'refgrow_ref_code=ANN' }, 'localhost', own)).toEqual(
    ['refgrow_ref_code=ANN; Path=/; Max-Age=2592000; SameSite=Lax'],
  )
  expect(lastingCookies({ origin: 'https://shop.github.io', cookie }, 'other.github.io', own)).toEqual([])
})

test('across sites, without an origin, or with values nobody of us wrote, nothing is set', () => {
  expect(lastingCookies({ origin: 'https://www.other.example', cookie }, 'refgrow.acme.example', written)).toEqual([])
  expect(lastingCookies({ origin: 'https://www.acme.example', cookie }, 'refgrow.example', written)).toEqual([])
  expect(lastingCookies({ origin: 'https://evilacme.example', cookie }, 'refgrow.acme.example', written)).toEqual([])
  expect(lastingCookies({ cookie }, 'refgrow.acme.example', written)).toEqual([])
  expect(lastingCookies({ origin: 'null', cookie }, 'refgrow.acme.example', written)).toEqual([])
  expect(
    lastingCookies(
      { origin: 'https://acme.example', cookie: 'refgrow_ref_code=a b; ref=; refgrow_click=x,y' },
      'acme.example',
      written,
    ),
  ).toEqual([])
})

test.each([
  ['', '90 days on this host', 'refgrow_ref_code=ANN; Path=/; Max-Age=7776000; SameSite=Lax; Secure'],
  ['refundefined', 'the same', 'refgrow_ref_code=ANN; Path=/; Max-Age=7776000; SameSite=Lax; Secure'],
  ['ref;max-age=5', 'a day at least', 'refgrow_ref_code=ANN; Path=/; Max-Age=86400; SameSite=Lax; Secure'],
  ['ref;max-age=1e99', 'ten years at most', 'refgrow_ref_code=ANN; Path=/; Max-Age=315360000; SameSite=Lax; Secure'],
  ['a b;MAX-AGE=x;;==;Domain=ACME.example', 'what can be read of it', /Max-Age=7776000.*Domain=acme.example/],
])('%j is read as %s', (told, _, first) => {
  const [set] = lastingCookies({ origin: 'https://acme.example', cookie }, 'acme.example', told)
  expect(set).toMatch(first)
})
