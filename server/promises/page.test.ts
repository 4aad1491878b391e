/** docs/promises.md: it has every promise, the tests it names are there, and no numbered test is left out. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(ROOT, 'docs', 'promises.md'), 'utf8')
const rows = [...page.matchAll(/^\| (\d+) \|(.*)\|$/gm)].map(([, number, text = '']) => ({
  number: Number(number),
  text,
}))
const filesIn = (text: string) => [...text.matchAll(/`([\w./-]+\.(?:test\.ts|json))`/g)].map(([, file = '']) => file)

test('every promise from 1 to 30 is there once', () => {
  expect(rows.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 30 }, (_, index) => index + 1),
  )
})

test('every test that is named exists', () => {
  expect(filesIn(page).length).toBeGreaterThan(40)
  expect(filesIn(page).filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
})

test('every promise that counts as proven names its tests, and every numbered test stands at its promise', () => {
  const [proven = ''] = page.split('## Not proven yet')
  const provenRows = rows.filter(({ text }) => proven.includes(text))
  expect(provenRows.filter(({ text }) => filesIn(text).length === 0)).toEqual([])
  const numbered = readdirSync(import.meta.dirname).filter((name) => /^\d\d-.*\.test\.ts$/.test(name))
  expect(numbered.length).toBeGreaterThan(30)
  const missing = numbered.filter(
    (name) =>
      !rows.some(({ number, text }) => number === Number(name.slice(0, 2)) && text.includes(`promises/${name}`)),
  )
  expect(missing).toEqual([])
})
