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
      relativeImportsOf(file)
        .filter((target) => !allowed.some((prefix) => target.startsWith(prefix)))
        .map((target) => `${file} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })
}

test('an installation without the devDependencies runs: the programs reach no other packages than the dependencies', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object }
  const reached = new Map<string, string>()
  const visit = (file: string, from: string) => {
    if (reached.has(file)) return
    reached.set(file, from)
    if (!/\.(ts|cjs)$/.test(file)) return
    for (const name of loadedBy(file))
      if (name.startsWith('.')) visit(relative(ROOT, join(ROOT, dirname(file), name)), file)
      else if (!name.startsWith('node:')) reached.set(name.split('/', name.startsWith('@') ? 2 : 1).join('/'), file)
  }
  for (const program of ['server/main.ts', 'server/cli.ts', 'tools/start.ts']) visit(program, 'package.json')

  const packages = [...reached].filter(([name]) => !/\.\w+$/.test(name))
  expect(packages.map(([name]) => name)).toEqual(expect.arrayContaining(['fastify', 'kysely', 'stripe', 'commander']))
  expect(packages.filter(([name]) => !(name in dependencies)).map(([name, file]) => `${file} imports ${name}`)).toEqual(
    [],
  )
  // And none is there for nothing.
  expect(Object.keys(dependencies).filter((name) => !reached.has(name))).toEqual([])
})

/** Without what is erased: Node runs the sources, and drops imports of types. */
const loadedBy = (file: string): string[] => {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const kept = text.replaceAll(/(?:import|export) type (?:\{[^}]*\}|\* as \w+|\w+) from '[^']+'/g, '')
  const patterns = [/(?:from|import)\s*\(?\s*'([^'\s]+)'/g, /new URL\('([^']+)', import\.meta\.url\)/g]
  return patterns.flatMap((pattern) => [...kept.matchAll(pattern)].map((match) => match[1] ?? ''))
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

/** The rooms of core, from the ground up: each imports only rooms before it. */
const ROOMS = [
  'kit',
  'project',
  'news',
  'terms',
  'ledger',
  'affiliate',
  'click',
  'payout',
  'conversion',
  'payment',
  'dashboard',
  'erasure',
]

test('each room of core imports only rooms above it', () => {
  const wrong = sources('server/core').flatMap((file) => {
    const own = ROOMS.indexOf(file.split('/')[2] ?? '')
    if (own < 0) return [`${file} lies in no room`]
    return relativeImportsOf(file)
      .filter((target) => target.startsWith('server/core/') && ROOMS.indexOf(target.split('/')[2] ?? '') > own)
      .map((target) => `${file} imports ${target}`)
  })
  expect(wrong).toEqual([])
})

test('no file imports itself, by whatever detour, types included', () => {
  const folders = ['server', 'mcp', 'widget', 'tracker', 'locales', 'tools', 'bench', 'demo-site', 'e2e']
  const graph = new Map(folders.flatMap(sources).map((file) => [file, relativeImportsOf(file)]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (done.has(file)) return
    for (const target of graph.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  expect(circles).toEqual([])
})

const relativeImportsOf = (file: string): string[] =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(ROOT, join(ROOT, dirname(file), name)))

test('what is particular to one payment provider stays in its folder: only the registry, and its own files, import from there', () => {
  const provider = /^server\/providers\/([a-z]+)\//
  const wrong = sources('server').flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => relative(ROOT, join(ROOT, dirname(file), name)))
      .filter((target) => provider.test(target) && provider.exec(target)?.[1] !== provider.exec(file)?.[1])
      .map((target) => `${file} imports ${target}`),
  )
  const registered = wrong.filter((found) => found.startsWith('server/providers/registry.ts'))
  expect(registered.length).toBeGreaterThan(3)
  expect(wrong).toEqual(registered)
})
