/** What an older Node says: the file is run as such a Node would run it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import pack from '../package.json' with { type: 'json' }

const source = readFileSync(join(import.meta.dirname, 'node-version.cjs'), 'utf8')

function run(version: string, env: NodeJS.ProcessEnv = {}) {
  let said = ''
  let code: number | undefined
  const process = {
    versions: { node: version },
    env,
    stderr: { write: (text: string) => (said += text) },
    exit: (status: number) => (code = status),
  }
  runInNewContext(source, { process })
  return { said, code }
}

test('an older Node is one sentence that says what to do, and ends with 1', () => {
  expect(run('20.20.2')).toEqual({
    said: 'refgrow: this is Node 20.20.2, and Refgrow needs Node 26. "npm ci" brings it: start the server with "npm start", and run commands with "npm run -s refgrow -- COMMAND".\n',
    code: 1,
  })
  expect(run('24.1.0', { npm_lifecycle_event: 'start' })).toEqual({
    said: 'refgrow: this is Node 24.1.0, and Refgrow needs Node 26. Run "npm ci" (without --omit=optional), which brings it.\n',
    code: 1,
  })
  expect(run('26.0.0')).toEqual({ said: '', code: undefined })
  expect(run(process.versions.node)).toEqual({ said: '', code: undefined })
})

test('it needs the Node that package.json names', () => {
  expect(source).toContain(`var NEEDED = ${pack.engines.node.replace('>=', '')}\n`)
})

test('it is read first by everything people start, and by the programs themselves', () => {
  for (const name of ['start', 'demo', 'refgrow'] as const)
    expect(pack.scripts[name]).toMatch(/^(exec )?node -r \.\/server\/node-version\.cjs /)
  for (const program of ['main.ts', 'cli.ts'])
    expect(readFileSync(join(import.meta.dirname, program), 'utf8')).toMatch(
      /^\/\*\*.*\*\/\nimport '.\/node-version.cjs'\n/,
    )
})
