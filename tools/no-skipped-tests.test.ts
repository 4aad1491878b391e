import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

test('no test is skipped, on any machine', () => {
  const files = globSync('{server,mcp,tracker,widget,locales,demo-site,tools,e2e}/**/*.{test,spec}.{ts,tsx}', {
    cwd: ROOT,
  })
  expect(files.length).toBeGreaterThan(150)
  const skipping = /\b(?:test|it|describe|suite)(?:\.\w+)*\.(?:skip|skipIf|runIf|todo|fixme|only|fails)\b/
  expect(files.filter((file) => skipping.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([])
})
