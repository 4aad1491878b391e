import { expect, test } from 'vitest'
import { lastingCookies } from './lasting-cookies.ts'

const cookie = 'theme=dark; refgrow_ref_code=ANN; ref=ANN; refgrow_click=m1abcdefgh'
const wish = { cookie_domain: 'acme.example', cookie_days: 30, param: 'ref' }

test('on one site the cookies are set again for their full term, with the values the browser sent', () => {
  expect(lastingCookies({ origin: 'https://www.acme.example', cookie }, 'refgrow.acme.example', wish)).toEqual([
    'refgrow_ref_code=ANN; Path=/; Max-Age=2592000; SameSite=Lax; Domain=acme.example; Secure',
    'ref=ANN; Path=/; Max-Age=2592000; SameSite=Lax; Domain=acme.example; Secure',
    'refgrow_click=m1abcdefgh; Path=/; Max-Age=2592000; SameSite=Lax; Domain=acme.example; Secure',
  ])
})

test('where only the host itself keeps the cookie, the answer names no domain', () => {
  const own = { ...wish, cookie_domain: '' }
  expect(lastingCookies({ origin: 'http://localhost:4000', cookie: 'refgrow_ref_code=ANN' }, 'localhost', own)).toEqual(
    ['refgrow_ref_code=ANN; Path=/; Max-Age=2592000; SameSite=Lax'],
  )
  expect(lastingCookies({ origin: 'https://shop.github.io', cookie }, 'other.github.io', own)).toEqual([])
})

test('across sites, without an origin, or with values nobody of us wrote, nothing is set', () => {
  expect(lastingCookies({ origin: 'https://www.other.example', cookie }, 'refgrow.acme.example', wish)).toEqual([])
  expect(lastingCookies({ origin: 'https://www.acme.example', cookie }, 'refgrow.example', wish)).toEqual([])
  expect(lastingCookies({ origin: 'https://evilacme.example', cookie }, 'refgrow.acme.example', wish)).toEqual([])
  expect(lastingCookies({ cookie }, 'refgrow.acme.example', wish)).toEqual([])
  expect(lastingCookies({ origin: 'null', cookie }, 'refgrow.acme.example', wish)).toEqual([])
  expect(
    lastingCookies(
      { origin: 'https://acme.example', cookie: 'refgrow_ref_code=a b; ref=; refgrow_click=x,y' },
      'acme.example',
      wish,
    ),
  ).toEqual([])
})
