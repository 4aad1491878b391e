/** The file `.env`: variables for the server and the command line alike. What the process itself was given wins. */
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

/**
 * Adds what the file says to `env`. `ENV_FILE` names another file; without it a missing `.env` is none.
 * @throws Error with one sentence: unreadable, or the line that is wrong (never its value, which may be a password)
 */
export function loadEnvFile(env: Record<string, string | undefined>): void {
  const file = env['ENV_FILE'] || '.env'
  const text = read(file, Boolean(env['ENV_FILE']))
  checkLines(file, text)
  for (const [name, value] of Object.entries(parseEnv(text))) env[name] ??= value
}

function read(file: string, isNeeded: boolean): string {
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && !isNeeded) return ''
    throw new Error(
      code === 'ENOENT' ? `ENV_FILE is wrong: there is no file ${file}` : `${file} cannot be read: ${message}`,
      { cause: error },
    )
  }
}

/** Node's own reader skips what it does not understand, and ends a value at the first `#`. */
function checkLines(file: string, text: string): void {
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const problem = problemIn(line)
    if (problem) throw new Error(`${file} is wrong in line ${index + 1}: ${problem}`)
  }
}

function problemIn(line: string): string | undefined {
  const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line) ?? []
  if (!name) return 'expected NAME=value, a comment that begins with #, or nothing'
  if (/^["'`]/.test(value))
    return /^(["'`])(?:(?!\1).)*\1\s*(#.*)?$/.test(value)
      ? undefined
      : `the quote in the value of ${name} does not end there`
  return /\S#/.test(value) ? `the value of ${name} contains #: put it into quotes` : undefined
}
