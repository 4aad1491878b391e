// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import type { Program } from '../server/public/widget-contract.ts'
import { referralLink, spoken, tailOf } from './links.ts'

const linkTo = (website: string | null, param = 'ref') => referralLink({ website, param } as Program, 'ann')

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
})
