/** Dependencies point one way (CONTRIBUTING): a wrong import fails here, with its file. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** What the files of a folder may import, besides packages: prefixes of paths from the root. */
const MAY_IMPORT: Record<string, string[]> = {
  'server/core/': ['server/core/', 'server/db/schema.ts', 'server/db/last.ts'],
  'server/db/': ['server/db/'],
  'server/providers/': [
    'server/providers/',
    'server/core/',
    'server/db/schema.ts',
    'server/db/retried.ts',
    'server/context.ts',
    'server/outbound/',
  ],
  'server/api/': [
    'server/api/',
    'server/providers/',
    'server/core/',
    'server/db/schema.ts',
    'server/db/retried.ts',
    'server/context.ts',
    'server/outbound/',
    'server/errors.ts',
    'server/zod-routes.ts',
    'server/right-clock.ts',
    'server/auth.ts',
    'server/idempotency.ts',
    // The API's reference is served compressed, as scripts are.
    'server/public/scripts/asset.ts',
  ],
  'server/public/': [
    'server/public/',
    'server/providers/',
    'server/core/',
    'server/db/schema.ts',
    'server/db/retried.ts',
    'server/db/failure.ts',
    'server/context.ts',
    'server/errors.ts',
    'server/rate-limit.ts',
    'server/secrets.ts',
    'server/asker-limit.ts',
    'server/zod-routes.ts',
    'mcp/',
    'locales/',
  ],
  'server/outbound/': ['server/outbound/', 'server/core/', 'server/db/schema.ts', 'server/context.ts', 'locales/'],
  'server/jobs/': [
    'server/jobs/',
    'server/outbound/',
    'server/providers/',
    'server/core/',
    'server/db/',
    'server/context.ts',
    'server/readiness.ts',
  ],
  'mcp/': ['mcp/', 'package.json'],
  'tracker/': ['tracker/', 'package.json'],
  // One table for what a minor unit is, in the widget and in the ledger.
  'locales/': ['locales/', 'server/core/kit/currency-exponent.ts'],
  'widget/': ['widget/', 'locales/', 'server/public/widget/contract.ts', 'package.json'],
}

// node:url for domainToASCII alone: the folding of international domains, which is a table of Unicode and pure.
const PACKAGES_OF_CORE = /^(node:crypto|node:url|kysely|zod)$/

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => join(folder, name))

const importsOf = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  )

for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  test(`${folder} imports only ${allowed.join(', ')}`, () => {
    const files = sources(folder)
    expect(files.length).toBeGreaterThan(0)
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .map((name) => relative(ROOT, join(ROOT, dirname(file), name)))
        .filter((target) => !allowed.some((prefix) => target.startsWith(prefix)))
        .map((target) => `${file} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })
}

test('core knows no Fastify, no provider, no environment and no clock', () => {
  const wrong = sources('server/core').flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    const packages = importsOf(file).filter((name) => !name.startsWith('.') && !PACKAGES_OF_CORE.test(name))
    const ambient = text.match(/process\.env|Date\.now\(|new Date\(\)|Temporal\.Now/g) ?? []
    return [...packages, ...ambient].map((found) => `${file}: ${found}`)
  })
  expect(wrong).toEqual([])
})
