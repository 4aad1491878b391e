import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pack, unpack, versionOf, type Words } from './compact.ts'

const read = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Words
const english = read('en.json')

test('every language comes out as it went in', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.json'))
  expect(files.length).toBeGreaterThan(10)
  for (const file of files) expect(unpack(pack(read(file), english), english), file).toEqual(read(file))
})

test('what is not translated stays away, and a shorter file is read as far as it goes', () => {
  const keys = { a: 'A', b: 'B', n_one: '1', n_other: 'n' }
  expect(pack({ b: 'Be' }, keys)).toEqual([null, 'Be', {}])
  expect(unpack(['Ah'], keys)).toEqual({ a: 'Ah' })
})

test('another key, or another order, is another version; other words are not', () => {
  expect(versionOf({ a: 'A', b: 'B' })).toBe(versionOf({ a: 'x', b: 'y' }))
  const others: Words[] = [{ a: 'A' }, { b: 'B', a: 'A' }, { a: 'A', b: 'B', c: 'C' }]
  for (const other of others) expect(versionOf(other)).not.toBe(versionOf({ a: 'A', b: 'B' }))
})
