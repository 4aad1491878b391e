/** The command line without a process of its own. */
import type { Command } from 'commander'
import { vi } from 'vitest'
import { createProgram } from '../commands/program.ts'

/** @returns what it printed; rejects with the error cli.ts would show */
export async function runCommand(args: string, env: NodeJS.ProcessEnv): Promise<string> {
  const program = createProgram()
  const quietly = (command: Command) => {
    command.exitOverride().configureOutput({ writeErr: () => {} })
    command.commands.forEach(quietly)
  }
  quietly(program)
  let printed = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((printed += String(text))))
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    await program.parseAsync(args.split(' '), { from: 'user' })
    return printed
  } finally {
    vi.unstubAllEnvs()
    write.mockRestore()
  }
}
