/** `npm run build`: makes the browser scripts in dist/, and notes what they were made from, so that an upgrade makes them again. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'

const ROOT = join(import.meta.dirname, '..')
/** Whatever changes the scripts: their sources and words, the versions of what they are made with, and how. */
export const SOURCES = [
  'tracker',
  'widget',
  'locales',
  'server/core/kit/currency-exponent.ts',
  'package.json',
  'package-lock.json',
  'rollup.config.ts',
]
const SCRIPTS = ['latest.js', 'page.js']

/** Builds when a script is missing or was made from other sources than those that lie here. */
export function buildIfChanged(root = ROOT): void {
  if (isBuilt(root)) return
  const rollup = builderIn(root)
  process.stdout.write('Building the browser scripts (once for this version) ...\n')
  build(root, rollup)
}

function build(root: string, rollup = builderIn(root)): void {
  run(process.execPath, [rollup, '-c', 'rollup.config.ts', '--configPlugin', 'esbuild', '--silent'])
  writeFileSync(stampFile(root), `${hashOfSources(root)}\n`)
}

/** @throws Error with what to do, where only what the server needs is installed */
function builderIn(root: string): string {
  const rollup = join(root, 'node_modules', 'rollup', 'dist', 'bin', 'rollup')
  if (!existsSync(rollup))
    throw new Error(
      'The browser scripts in dist/ are missing or of another version, and what builds them is not installed. Run "npm ci && npm run build"; "npm prune --omit=dev" afterwards leaves only what the server needs',
    )
  return rollup
}

/** Where there are no sources (an image that carries dist/ alone), the scripts are what they are. */
export function isBuilt(root: string): boolean {
  if (!SCRIPTS.every((name) => existsSync(join(root, 'dist', name)))) return false
  if (!existsSync(join(root, 'tracker')) || !existsSync(join(root, 'widget'))) return true
  const stamp = existsSync(stampFile(root)) ? readFileSync(stampFile(root), 'utf8').trim() : ''
  return stamp === hashOfSources(root)
}

const stampFile = (root: string) => join(root, 'dist', 'built-from')

/** Tests are not built, and change more often than anything else. */
export function hashOfSources(root: string): string {
  const hash = createHash('sha256')
  for (const source of SOURCES)
    for (const file of filesOf(root, source))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0')
  return hash.digest('hex')
}

function filesOf(root: string, source: string): string[] {
  if (!existsSync(join(root, source))) return []
  if (/\.\w+$/.test(source)) return [source]
  return readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.\w+$/.test(name) && !/\.test\.\w+$/.test(name))
    .map((name) => join(source, name))
    .sort()
}

if (import.meta.main) build(ROOT)
