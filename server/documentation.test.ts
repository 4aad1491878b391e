/** The examples of docs/api.md, run as they stand against a listening server. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { withProgramme } from './test/programme.ts'

const run = promisify(execFile)
const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'api.md'), 'utf8')

interface Example {
  language: 'sh' | 'js'
  code: string
  /** What the answer holds at least. */
  answer: unknown
}

/** Each `sh example` and `js example` with the `json answer` that follows it. */
const examples: Example[] = [...page.matchAll(/```(sh|js) example\n([\s\S]*?)```/g)].map((match) => ({
  language: match[1] as 'sh' | 'js',
  code: match[2] ?? '',
  answer: JSON.parse(/```json answer\n([\s\S]*?)```/.exec(page.slice(match.index))?.[1] ?? ''),
}))

/** The examples need no curl on this machine, and are the same everywhere. */
function folderWithCurl(): string {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-curl-'))
  const script = join(import.meta.dirname, 'test', 'curl.ts')
  writeFileSync(join(folder, 'curl'), `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`, { mode: 0o700 })
  return folder
}

withProgramme(
  'every example of docs/api.md runs and answers what the page says',
  async (programme) => {
    expect(examples.length).toBeGreaterThanOrEqual(12)
    await programme.addAffiliate('ANN')
    await programme.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = programme.app.server.address() as AddressInfo
    const folder = mkdtempSync(join(tmpdir(), 'refgrow-examples-'))
    const env = {
      PATH: `${folderWithCurl()}:${process.env['PATH']}`,
      REFGROW_URL: `http://127.0.0.1:${port}`,
      REFGROW_API_KEY: programme.apiKey,
    }
    try {
      for (const { language, code, answer } of examples) {
        const [program, args]: [string, string[]] =
          language === 'sh'
            ? ['bash', ['-euo', 'pipefail', '-c', code]]
            : [process.execPath, ['--input-type=module', '-e', code]]
        const { stdout } = await run(program, args, { cwd: folder, env })
        expect({ code, answer: JSON.parse(stdout) }).toMatchObject({ code, answer })
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  undefined,
  { RATE_LIMIT_KEY_PER_MINUTE: '100' },
)
