/** A server as people start it: a process of its own on a database file of its own, with a programme in it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAffiliate } from '../core/affiliate/affiliate.ts'
import { createApiKey } from '../core/project/api-key.ts'
import { changeSettings } from '../core/project/project.ts'
import { createProject } from '../core/terms/new-project.ts'
import { connectProvider } from '../core/project/provider-connection.ts'
import { openContext } from '../start.ts'
import { HMAC_SECRET, WEBHOOK_SECRET } from '../test/programme.ts'
import { retried } from '../db/retried.ts'

const ROOT = join(import.meta.dirname, '..', '..')

export interface ChildServer {
  url: string
  child: ChildProcess
  /** All it has logged so far. */
  output(): string
  exit: Promise<number | null>
}

/** @throws Error with its output when it ends before it listens */
export async function startServer(env: NodeJS.ProcessEnv): Promise<ChildServer> {
  const { child, output, exit } = spawnServer(env)
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const [, address] = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(output()) ?? []
      if (address) resolve(address)
    })
    void exit.then(() => reject(new Error(`the server ended: ${output()}`)))
  })
  return { url, child, output, exit }
}

/** The same without waiting for it to listen. */
export function spawnServer(env: NodeJS.ProcessEnv): Omit<ChildServer, 'url'> {
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: ROOT,
    env: { ...ALONE, ...UNLIMITED, ...env },
  })
  let output = ''
  const read = (chunk: Buffer) => void (output += chunk.toString())
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  const exit = new Promise<number | null>((resolve) => void child.on('close', resolve))
  return { child, output: () => output, exit }
}

/** Nothing of whoever runs the tests, not even a `.env` in this folder. */
const ALONE = {
  PATH: process.env['PATH'],
  HOST: '127.0.0.1',
  PORT: '0',
  NODE_NO_WARNINGS: '1',
  ENV_FILE: devNull,
}

const UNLIMITED = {
  RATE_LIMIT_KEY_PER_MINUTE: '0',
  RATE_LIMIT_IP_PER_MINUTE: '0',
  RATE_LIMIT_KEY_PER_HOUR: '0',
  RATE_LIMIT_PUBLIC_PER_MINUTE: '0',
  RATE_LIMIT_LINK_PER_MINUTE: '0',
}

export interface Seeded {
  env: { DATABASE_URL: string; SECRET_KEY: string }
  projectId: number
  apiKey: string
}

export interface SeededDatabase extends Seeded {
  file: string
}

/** A new SQLite file with what `seedAt` puts into it. */
export async function seedDatabase(): Promise<SeededDatabase> {
  const file = join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'refgrow.db')
  return { file, ...(await seedAt(`sqlite:${file}`)) }
}

/** Puts a project (20 %, no hold, Stripe connected) and the affiliate ANN into a database. */
export async function seedAt(url: string): Promise<Seeded> {
  const env = { DATABASE_URL: url, SECRET_KEY: '5'.repeat(64) }
  const { db, clock, sealer } = await openContext(env)
  const seeded = await retried(db, async (tx) => {
    const now = clock.now()
    const { id } = await createProject(
      tx,
      { name: 'Acme', website: 'https://shop.test', currency: 'USD', hmac_secret_sealed: sealer.seal(HMAC_SECRET) },
      now,
    )
    await connectProvider(tx, id, 'stripe', sealer.seal(WEBHOOK_SECRET), now)
    // All clicks of a test come from one browser.
    await changeSettings(tx, id, { repeat_click_seconds: 0 })
    await createAffiliate(tx, id, { email: 'ann@example.com', referral_code: 'ANN' }, now)
    return { projectId: id, apiKey: (await createApiKey(tx, id, 'test', now)).key }
  })
  await db.destroy()
  return { env, ...seeded }
}
