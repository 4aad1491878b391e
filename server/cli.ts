/** The command line: `npm run -s refgrow -- COMMAND`. Each group of commands is one file in commands/. */
import './node-version.cjs'
import { enableCompileCache } from 'node:module'
import { loadEnvFile } from './env-file.ts'

enableCompileCache()

try {
  loadEnvFile(process.env)
  const { createProgram } = await import('./commands/program.ts')
  await createProgram().parseAsync()
} catch (error) {
  process.stderr.write(`refgrow: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
