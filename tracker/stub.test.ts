// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://shop.test/" }
import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import { afterEach, expect, test } from 'vitest'
import { leave, load } from './fresh-page.ts'

const stub = new Script(readFileSync('tracker/stub.js', 'utf8'))

afterEach(leave)

test('what the stub took is sent in order once the script is there, and later calls through it are sent too', async () => {
  stub.runInThisContext()
  const early = (window as unknown as { Refgrow: (...call: unknown[]) => void }).Refgrow
  early(0, 'signup', 'a@b.test')
  early(5, 'purchase', 'a@b.test')
  const { refgrow, sent } = await load('/')
  expect(sent.map(({ type }) => type)).toEqual(['signup', 'purchase'])
  early(1, 'late', 'a@b.test')
  expect(sent.map(({ type }) => type)).toEqual(['signup', 'purchase', 'late'])
  expect(refgrow).not.toBe(early)
})

test('the stub leaves alone what is there already', async () => {
  const { refgrow } = await load('/')
  stub.runInThisContext()
  expect((window as unknown as { Refgrow: unknown }).Refgrow).toBe(refgrow)
})
