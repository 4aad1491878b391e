/** `npm test`: everything that must hold, one step after the other, with its time; the first failure ends the run. */
import { run } from './run.ts'
import { ensureChromium } from './chromium.ts'

const CHROMIUM_PATH = ensureChromium()

const STEPS: [string, string, string[]][] = [
  ['types', 'tsc', ['--noEmit']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings']],
  ['format', 'oxfmt', ['--check', '.']],
  ['build', 'npm', ['run', '-s', 'build']],
  ['sizes', 'size-limit', []],
  ['unit tests, SQLite and PostgreSQL', 'vitest', ['run']],
  ['the story, the tracker and the widget in Chromium', 'playwright', ['test']],
]

const started = performance.now()
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`
for (const [name, command, args] of STEPS) {
  const begun = performance.now()
  process.stdout.write(`\n== ${name}\n`)
  run(command, args, { CHROMIUM_PATH })
  process.stdout.write(`== ${name}: ${seconds(begun)}\n`)
}
process.stdout.write(`\nAll passed in ${seconds(started)}\n`)
