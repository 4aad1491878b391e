import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')

test('a process that started a PostgreSQL ends with the code it was to end with', () => {
  const folder = mkdtempSync(join(ROOT, 'test-results-'))
  const script = join(folder, 'fails.ts')
  writeFileSync(
    script,
    `import { startPostgres } from '../server/test/postgres.ts'
     const { stop } = await startPostgres()
     process.exitCode = 7
     await stop()`,
  )
  try {
    expect(spawnSync(process.execPath, [script], { cwd: ROOT }).status).toBe(7)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
