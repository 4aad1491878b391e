/**
 * A flood of links and clicks against a server with a heap of 512 MB: 2,000 connections, each asking again as soon as it was
 * answered. The server must answer, and its memory must stay flat; what does not fit is dropped and counted as such.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { openDatabase } from '../server/db/open.ts'
import type { Flood, Flooded } from './flood-load.ts'
import { seed } from './ingest.ts'
import { start, stop, UNLIMITED } from './servers.ts'

const CONNECTIONS = 2000
const SECONDS = 60
const HEAP_MB = 512
const LOOK_EVERY_MS = 1000
const PRINT_EVERY = 5

/** @param args `--seconds=10`: shorter; `--postgres`: a real PostgreSQL with fsync on, started for the run */
export async function bench(args: string[]): Promise<void> {
  const seconds = Number(args.find((arg) => arg.startsWith('--seconds='))?.slice('--seconds='.length) ?? SECONDS)
  if (!(seconds >= 1 && seconds <= 600)) throw new Error('--seconds: expected 1 to 600')
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-bench-'))
  const postgres = args.includes('--postgres')
    ? await (await import('../server/test/postgres.ts')).startPostgres([])
    : undefined
  const databaseUrl = postgres ? `${postgres.server}/postgres` : `sqlite:${join(folder, 'bench.db')}`
  const children: ChildProcess[] = []
  try {
    const { projectId, codes } = await seed(databaseUrl)
    const env = { DATABASE_URL: databaseUrl, NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`, ...UNLIMITED }
    const url = await start('server/main.ts', env, children)
    const [server] = children as [ChildProcess]
    const died = new Promise<never>((_, reject) =>
      server.once('exit', (code, signal) => reject(new Error(`the server ended with ${code ?? signal}`))),
    )
    died.catch(() => {})

    const memory: number[] = []
    const looking = setInterval(() => {
      memory.push(residentMb(server.pid as number))
      if (memory.length % PRINT_EVERY === 0)
        process.stdout.write(`after ${memory.length} s: ${Math.round(memory.at(-1) ?? 0)} MB\n`)
    }, LOOK_EVERY_MS)
    const port = Number(new URL(url).port)
    const flood = { port, connections: CONNECTIONS, ms: seconds * 1000, projectId, codes } satisfies Flood
    const { statuses, broken, p99_ms } = await Promise.race([flooded(flood), died]).finally(() =>
      clearInterval(looking),
    )
    // Closing records what waits; then the numbers are whole.
    await stop(server)

    const { recorded, dropped } = await counted(databaseUrl)
    const redirects = statuses['302'] ?? 0
    const clicks = statuses['200'] ?? 0
    const refused = statuses['503'] ?? 0
    const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0)
    process.stdout.write(
      `${redirects} links and ${clicks} clicks answered, ${refused} clicks refused with 503, ${broken} connections broken; ${recorded} clicks recorded, ${dropped} dropped\n`,
    )
    if (redirects + clicks + refused !== answered) throw new Error(`other answers: ${JSON.stringify(statuses)}`)
    if (recorded + dropped !== redirects + clicks)
      throw new Error(`${redirects + clicks} clicks were answered, but ${recorded + dropped} are recorded or dropped`)
    process.stdout.write(
      `RESULT flood${postgres ? '-postgres' : ''} rss_mb=${Math.round(Math.max(...memory))} answered=${answered} dropped=${dropped + refused} p99_ms=${p99_ms}\n`,
    )
  } finally {
    await Promise.all(children.map(stop))
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function flooded(flood: Flood): Promise<Flooded> {
  const child = spawn(process.execPath, ['bench/flood-load.ts', JSON.stringify(flood)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(output) as Flooded) : reject(new Error(`the flood ended with ${code}`)),
    )
  })
}

const residentMb = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024

/** Counted, repeated and dropped clicks, as the database has them. */
async function counted(databaseUrl: string): Promise<{ recorded: number; dropped: number }> {
  const db = openDatabase(databaseUrl)
  const sum = async (query: string) =>
    (await sql.raw<{ clicks: number | null }>(query).execute(db)).rows[0]?.clicks ?? 0
  const clicks = await sum(`select sum(clicks) as clicks from rollup where period = 'all'`)
  const others = await sum(`select sum(clicks) as clicks from not_counted where reason in ('bot', 'repeat')`)
  const dropped = await sum(`select sum(clicks) as clicks from not_counted where reason = 'dropped'`)
  await db.destroy()
  return { recorded: clicks + others, dropped }
}
