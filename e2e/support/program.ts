/** Runs the programs of this repository the way an operator does: as processes, with settings in the environment. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')
const ownNode = join(root, 'node_modules/.bin/node')
/** The Node that came with the packages, where there is one: the system's may be too old. */
const node = existsSync(ownNode) ? ownNode : process.execPath

export type Environment = Record<string, string>

export interface Program {
  /** Everything it has printed so far. */
  output(): string
  /** Asks it to end (SIGTERM) and waits until it has; true when it finished its work and left with exit code 0. */
  stop(): Promise<boolean>
}

/** Starts `node <file>` and waits until `url` answers 200. */
export async function startProgram(file: string, environment: Environment, url: string): Promise<Program> {
  const child = spawn(node, [file], { cwd: root, env: { ...process.env, ...environment } })
  let output = ''
  const keep = (text: Buffer) => void (output += text.toString())
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  await answers(url, child, () => `${file} did not answer at ${url}. It printed:\n${output}`)
  return { output: () => output, stop: () => stop(child) }
}

/** Runs `node <file> <args>` to its end and returns what it printed. */
export async function runProgram(file: string, args: string[], environment: Environment): Promise<string> {
  const { stdout } = await promisify(execFile)(node, [file, ...args], {
    cwd: root,
    env: { ...process.env, ...environment },
  })
  return stdout
}

async function answers(url: string, child: ChildProcess, complaint: () => string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(complaint())
    }
    await sleep(50)
  }
}

async function stop(child: ChildProcess): Promise<boolean> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const impatience = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await ended
    clearTimeout(impatience)
  }
  return child.exitCode === 0
}
