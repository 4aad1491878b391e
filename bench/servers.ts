/** What benchmarks share: servers in processes of their own, loads in another, and ratios taken round by round. */
import { type ChildProcess, spawn } from 'node:child_process'
import { devNull } from 'node:os'

/** Without limits: one address makes all the requests. */
export const UNLIMITED = {
  RATE_LIMIT_KEY_PER_MINUTE: '0',
  RATE_LIMIT_IP_PER_MINUTE: '0',
  RATE_LIMIT_KEY_PER_HOUR: '0',
  RATE_LIMIT_PUBLIC_PER_MINUTE: '0',
  RATE_LIMIT_LINK_PER_MINUTE: '0',
}

/** Starts a server script on a free port. @returns its address */
export async function start(script: string, env: Record<string, string>, children: ChildProcess[]): Promise<string> {
  const child = spawn(process.execPath, [script], {
    env: {
      PATH: process.env['PATH'],
      ENV_FILE: devNull,
      HOST: '127.0.0.1',
      PORT: '0',
      SECRET_KEY: '0'.repeat(64),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const [, url] = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(chunk.toString()) ?? []
      if (url) resolve(url)
    })
    child.on('exit', (code) => reject(new Error(`${script} ended with ${code}`)))
  })
}

/** Runs a load script with one JSON argument until it ends. @returns requests per second */
export function load(script: string, options: object): Promise<number> {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${script} ended with ${code}`))
      const { requests, failures, ms } = JSON.parse(output) as { requests: number; failures: number; ms: number }
      if (failures > 0) return reject(new Error(`${failures} of ${requests} requests failed`))
      resolve((requests / ms) * 1000)
    })
  })
}

export const stop = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.on('exit', () => resolve())
    child.kill('SIGTERM')
  })

/** The median of what each round's two sides make. */
export const ratio = (a: number[], b: number[]): number => median(a.map((rate, round) => rate / (b[round] ?? 1)))

export const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
