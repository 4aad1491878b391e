/** The command line without a process of its own. */
import type { Command } from 'commander'
import { vi } from 'vitest'
import { createProgram } from '../commands/program.ts'

/** @returns what it printed on stdout; rejects with the error cli.ts would show */
export const runCommand = async (args: string | string[], env: NodeJS.ProcessEnv): Promise<string> =>
  (await runWithNotes(args, env)).stdout

/** The same with what it said beside its result. */
export async function runWithNotes(
  args: string | string[],
  env: NodeJS.ProcessEnv,
): Promise<{ stdout: string; stderr: string }> {
  const program = createProgram()
  const quietly = (command: Command) => {
    command.exitOverride().configureOutput({ writeErr: () => {} })
    command.commands.forEach(quietly)
  }
  quietly(program)
  const said = { stdout: '', stderr: '' }
  const streams = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => Boolean((said[name] += String(text)))),
  )
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    await program.parseAsync(typeof args === 'string' ? args.split(' ') : args, { from: 'user' })
    return said
  } finally {
    vi.unstubAllEnvs()
    streams.forEach((stream) => stream.mockRestore())
  }
}

/** `refgrow verify`: what it prints, and the exit code it asks for. */
export async function runVerify(env: NodeJS.ProcessEnv, options = ''): Promise<{ printed: string; exitCode: number }> {
  const before = process.exitCode
  try {
    const printed = await runCommand(`verify${options}`, env)
    return { printed, exitCode: process.exitCode === before ? 0 : Number(process.exitCode) }
  } finally {
    process.exitCode = before
  }
}
