import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findChromium } from './chromium.ts'

const folder = mkdtempSync(join(tmpdir(), 'chromium-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, mode: number, text = '') => {
  const path = join(folder, name)
  writeFileSync(path, text, { mode })
  return path
}

test('CHROMIUM_PATH wins over every other browser', () => {
  const mine = file('my-browser', 0o755)
  expect(findChromium({ CHROMIUM_PATH: mine })).toBe(mine)
})

test('a CHROMIUM_PATH that cannot be started is told, not silently replaced', () => {
  const text = file('a-text', 0o644)
  expect(() => findChromium({ CHROMIUM_PATH: text })).toThrow(`CHROMIUM_PATH must name a program`)
  expect(() => findChromium({ CHROMIUM_PATH: folder })).toThrow(folder)
})

test('Chrome on the PATH is found where there is no Chromium in the usual places', () => {
  const chrome = file('google-chrome-stable', 0o755)
  const elsewhere = findChromium({})
  expect(findChromium({ PATH: `${join(folder, 'nothing-here')}:${folder}` })).toBe(elsewhere ?? chrome)
})

test('the script with which Ubuntu points to a snap is no browser', () => {
  const pointer = file('chromium', 0o755, '#!/bin/sh\nexec /snap/bin/chromium "$@"\n')
  expect(findChromium({ PATH: folder })).not.toBe(pointer)
})
