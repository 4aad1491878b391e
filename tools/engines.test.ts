import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findFirefox, findWebKit } from '../e2e/engines/find.ts'

const folder = mkdtempSync(join(tmpdir(), 'engines-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, mode: number, text = '') => {
  const path = join(folder, name)
  writeFileSync(path, text, { mode })
  return path
}

test('FIREFOX_PATH wins over every other Firefox', () => {
  const mine = file('my-firefox', 0o755)
  expect(findFirefox({ FIREFOX_PATH: mine })).toBe(mine)
})

test('a FIREFOX_PATH that cannot be started is told, not silently replaced', () => {
  const text = file('a-text', 0o644)
  expect(() => findFirefox({ FIREFOX_PATH: text })).toThrow('FIREFOX_PATH must name a program')
  expect(() => findFirefox({ FIREFOX_PATH: folder })).toThrow(folder)
})

test('the script with which Ubuntu points to a snap is no browser', () => {
  const pointer = file('firefox', 0o755, '#!/bin/sh\nexec /snap/bin/firefox "$@"\n')
  expect(findFirefox({ PATH: folder })).not.toBe(pointer)
})

test("WebKit's driver on the PATH is found together with the display it needs", () => {
  const driver = file('WebKitWebDriver', 0o755)
  file('Xvfb', 0o755)
  expect(findWebKit({ PATH: folder })).toBe(driver)
})
