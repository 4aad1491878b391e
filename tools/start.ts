/** `npm start`: builds the browser scripts when they are not of this version, then is the server, in one process. */
import { buildIfChanged } from './build.ts'

try {
  buildIfChanged()
} catch (error) {
  process.stderr.write(`refgrow: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
await import('../server/main.ts')
