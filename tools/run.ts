/** Runs a command in the project's folder, its output shown, and ends this process when it fails. */
import { spawnSync } from 'node:child_process'
import { isAbsolute, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

export function run(command: string, args: string[], env: Record<string, string> = {}): void {
  const { status, error, signal } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32' && !isAbsolute(command),
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? (signal ? 1 : 0))
}
