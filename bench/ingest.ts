/**
 * Durable click ingest against a bare node:http JSON endpoint: alternating rounds in one run, each server in its own
 * process, the load in another. Goal: ratio >= 0.60 on SQLite with synchronous=FULL.
 */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAffiliate } from '../server/core/affiliate/affiliate.ts'
import { changeSettings } from '../server/core/project/project.ts'
import { createProject } from '../server/core/terms/new-project.ts'
import { openContext } from '../server/start.ts'
import type { Load } from './load.ts'
import { load, median, ratio, start, stop } from './servers.ts'

const ROUNDS = 7
const ROUND_MS = 3000
const WARM_UP_ROUNDS = 4
const CONNECTIONS = 64
const AFFILIATES = 200

/** @param args `--postgres`: a real PostgreSQL with fsync on, started for the run */
export async function bench(args: string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-bench-'))
  const postgres = args.includes('--postgres')
    ? await (await import('../server/test/postgres.ts')).startPostgres([])
    : undefined
  const databaseUrl = postgres ? `${postgres.server}/postgres` : `sqlite:${join(folder, 'bench.db')}`
  const children: ChildProcess[] = []
  try {
    const { projectId, codes } = await seed(databaseUrl)
    const ours = await start(
      'server/main.ts',
      // The limit is counted, but never reached: one address sends all the load.
      { DATABASE_URL: databaseUrl, LOG_LEVEL: 'info', RATE_LIMIT_PUBLIC_PER_MINUTE: '1000000000' },
      children,
    )
    const bare = await start('bench/bare-server.ts', {}, children)
    const measure = (url: string) =>
      load('bench/load.ts', {
        port: Number(new URL(url).port),
        path: '/api/track/click',
        connections: CONNECTIONS,
        ms: ROUND_MS,
        projectId,
        codes,
      } satisfies Load)

    // Until the compilers of both have settled: the first seconds measure V8.
    for (let round = 0; round < WARM_UP_ROUNDS; round++) {
      await measure(ours)
      await measure(bare)
    }
    const rates: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
    for (let round = 1; round <= ROUNDS; round++) {
      // Who goes first changes, so that neither always meets the warmer machine.
      for (const side of round % 2 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const))
        rates[side].push(await measure(side === 'ours' ? ours : bare))
      process.stdout.write(
        `round ${round} of ${ROUNDS}: ours ${Math.round(rates.ours.at(-1) ?? 0)} req/s, bare ${Math.round(rates.bare.at(-1) ?? 0)} req/s\n`,
      )
    }
    process.stdout.write(
      `RESULT ingest${postgres ? '-postgres' : ''} ratio=${ratio(rates.ours, rates.bare).toFixed(3)} ours=${Math.round(median(rates.ours))} bare=${Math.round(median(rates.bare))}\n`,
    )
  } finally {
    await Promise.all(children.map(stop))
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Without a time in which clicks are repeats: one address with four browsers sends all of them. */
export async function seed(databaseUrl: string): Promise<{ projectId: number; codes: string[] }> {
  const { db, clock } = await openContext({ DATABASE_URL: databaseUrl, SECRET_KEY: '0'.repeat(64) })
  const codes = Array.from({ length: AFFILIATES }, (_, n) => `CODE${n}`)
  const projectId = await db.transaction().execute(async (tx) => {
    const { id } = await createProject(
      tx,
      { name: 'Bench', website: 'https://shop.example', currency: 'USD', hmac_secret_sealed: '' },
      clock.now(),
    )
    for (const code of codes)
      await createAffiliate(tx, id, { email: `${code}@example.com`, referral_code: code }, clock.now())
    await changeSettings(tx, id, { repeat_click_seconds: 0 })
    return id
  })
  await db.destroy()
  return { projectId, codes }
}
