import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildIfChanged, hashOfSources, isBuilt, SOURCES } from './build.ts'

const ROOT = join(import.meta.dirname, '..')

test('scripts of another version are built anew: of other sources, words, tools, or from before there was a stamp', () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-build-'))
  for (const source of SOURCES) cpSync(join(ROOT, source), join(folder, source), { recursive: true })
  const script = (name: string) => writeFileSync(join(folder, 'dist', name), '/* built */')
  expect(isBuilt(folder)).toBe(false)
  mkdirSync(join(folder, 'dist'))
  script('latest.js')
  script('page.js')
  expect(isBuilt(folder)).toBe(false)
  const stamp = () => writeFileSync(join(folder, 'dist', 'built-from'), `${hashOfSources(folder)}\n`)
  stamp()
  expect(isBuilt(folder)).toBe(true)

  for (const file of [
    'tracker/latest.ts',
    'widget/blocks/new.tsx',
    'locales/de.json',
    'server/core/kit/currency-exponent.ts',
    'package-lock.json',
  ]) {
    writeFileSync(join(folder, file), 'changed')
    expect([file, isBuilt(folder)]).toEqual([file, false])
    stamp()
    expect([file, isBuilt(folder)]).toEqual([file, true])
  }
  // A test changes no script.
  writeFileSync(join(folder, 'tracker', 'new.test.ts'), 'changed')
  expect(isBuilt(folder)).toBe(true)
  rmSync(join(folder, 'dist', 'page.js'))
  expect(isBuilt(folder)).toBe(false)

  // An image that carries what was built, and no sources.
  script('page.js')
  rmSync(join(folder, 'widget'), { recursive: true })
  expect(isBuilt(folder)).toBe(true)
})

test('without the scripts and without what builds them, one sentence says what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-build-'))
  expect(() => buildIfChanged(folder)).toThrow(
    'The browser scripts in dist/ are missing or of another version, and what builds them is not installed. Run "npm ci && npm run build"; "npm prune --omit=dev" afterwards leaves only what the server needs',
  )
})
