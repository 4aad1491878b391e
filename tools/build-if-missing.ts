/** Builds the browser scripts when dist/ lacks one: `npm start` works right after `npm ci`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'

const dist = join(import.meta.dirname, '..', 'dist')

if (!['latest.js', 'page.js'].every((name) => existsSync(join(dist, name)))) {
  process.stdout.write('Building the browser scripts (once) ...\n')
  run('npm', ['run', '-s', 'build'])
}
