// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { destinations, invitationLink, ownCode, pageLink, referralLink, siteOf, spoken, tailOf } from './links.ts'

const linkTo = (website: string | null, param = 'ref') => referralLink({ website, param }, 'ann')

test('the code rides as the project names it, beside what the address already has', () => {
  expect(linkTo('https://shop.example')).toBe('https://shop.example/?ref=ann')
  expect(linkTo('https://shop.example/de?lang=de#top', 'via')).toBe('https://shop.example/de?lang=de&via=ann#top')
})

test('without a website the link leads to the page the widget stands on', () => {
  location.href = 'https://host.example/partners'
  expect(linkTo(null)).toBe('https://host.example/?ref=ann')
})

test('people read the link without its protocol, and keep its end when it is cut', () => {
  expect(spoken('https://www.shop.example/?ref=ann')).toBe('shop.example/?ref=ann')
  expect(tailOf('https://shop.example/?ref=ann')).toBe('?ref=ann'.length)
  expect(tailOf(`https://shop.example/?ref=${'n'.repeat(40)}`)).toBe(20)
  expect(tailOf('https://shop.example/partners?refgrow_invite=ann-baker')).toBe('ann-baker'.length)
})

test.each([
  ['https://shop.example/pricing', 'https://shop.example/pricing?ref=ann'],
  ['  shop.example/pricing ', 'https://shop.example/pricing?ref=ann'],
  ['www.shop.example/pricing', 'https://www.shop.example/pricing?ref=ann'],
  ['http://SHOP.example/a?b=c#d', 'https://shop.example/a?b=c&ref=ann#d'],
  ['/pricing', 'https://shop.example/pricing?ref=ann'],
  ['pricing.html?plan=2', 'https://shop.example/pricing.html?plan=2&ref=ann'],
  ['/pricing?ref=somebody-else', 'https://shop.example/pricing?ref=ann'],
  ['https://me:secret@shop.example/', 'https://shop.example/?ref=ann'],
  ['', 'https://shop.example/?ref=ann'],
])('%s leads to a page of the site', (typed, link) => {
  expect(pageLink({ website: 'https://shop.example', param: 'ref' }, 'ann', typed)).toBe(link)
})

test.each([
  'https://other.example/pricing',
  'other.example',
  'müller.example/pricing',
  '//other.example/pricing',
  '\\\\other.example',
  'https://shop.example@other.example/',
  'https://shop.example.other.example/',
  'shop.example.other.example',
  'blog.shop.example',
  'shop.example:8443',
  'https://',
  'javascript:alert(1)',
  'mailto:ann@shop.example',
  'ftp://shop.example/',
])('%s is no page of the site', (typed) => {
  expect(pageLink({ website: 'https://shop.example', param: 'ref' }, 'ann', typed)).toBeNull()
})

test('an address with a port is a site like any other', () => {
  const site = { website: 'http://127.0.0.1:4781', param: 'ref' }
  expect(pageLink(site, 'ann', '127.0.0.1:4781/pricing')).toBe('http://127.0.0.1:4781/pricing?ref=ann')
  expect(siteOf(site)).toBe('127.0.0.1:4781')
})

test('a code of the affiliate’s own choice goes before the one they were given', () => {
  expect(ownCode({ slug: null, referral_code: 'x7' })).toBe('x7')
  expect(ownCode({ slug: 'ann', referral_code: 'x7' })).toBe('ann')
})

test('an invitation leads to the page they are looking at', () => {
  location.href = 'https://host.example/partners?tab=2#top'
  expect(invitationLink('ann')).toBe('https://host.example/partners?refgrow_invite=ann')
})

test('the link is in every message once', () => {
  const link = 'https://shop.example/?ref=ann'
  const sent = (text: string) =>
    Object.fromEntries(destinations(link, text).map(({ id, href }) => [id, decodeURIComponent(href)]))
  expect(sent('Have a look & buy')).toEqual({
    mail: `mailto:?body=Have a look & buy ${link}`,
    x: `https://x.com/intent/post?text=Have a look & buy ${link}`,
    linkedin: `https://www.linkedin.com/sharing/share-offsite/?url=${link}`,
    whatsapp: `https://wa.me/?text=Have a look & buy ${link}`,
    telegram: `https://t.me/share/url?url=${link}&text=Have a look & buy`,
  })
  expect(sent(`Try ${link} now`).x).toBe(`https://x.com/intent/post?text=Try ${link} now`)
})
