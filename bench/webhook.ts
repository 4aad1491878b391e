/**
 * Stripe's invoice.paid from its signature to the booked commission, SQLite with synchronous=FULL and 32 connections, against
 * a bare fastify POST of the same body. Alternating rounds in one run. Goal: ratio >= 0.03.
 */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAffiliate } from '../server/core/affiliate/affiliate.ts'
import { createProject } from '../server/core/terms/new-project.ts'
import { connectProvider } from '../server/core/project/provider-connection.ts'
import { verifyLedger } from '../server/core/ledger/verify.ts'
import { openContext } from '../server/start.ts'
import { load, median, ratio, start, stop, UNLIMITED } from './servers.ts'

const ROUNDS = 5
const WARM_UP_ROUNDS = 2
const ROUND_MS = 3000
const CONNECTIONS = 32
const AFFILIATES = 50
const SECRET = 'whsec_bench'

export async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-bench-'))
  const env = { DATABASE_URL: `sqlite:${join(folder, 'bench.db')}`, SECRET_KEY: '0'.repeat(64) }
  const children: ChildProcess[] = []
  try {
    const { projectId, codes } = await seed(env)
    const urls = {
      ours: await start('server/main.ts', { ...env, ...UNLIMITED, LOG_LEVEL: 'info' }, children),
      bare: await start('bench/webhook-bare.ts', {}, children),
    }
    const rates: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      for (const side of round % 2 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const)) {
        const url = `${urls[side]}/webhook/stripe/${projectId}`
        const rate = await load('bench/webhook-load.ts', {
          url,
          connections: CONNECTIONS,
          ms: ROUND_MS,
          codes,
          secret: SECRET,
        })
        if (round >= 0) rates[side].push(rate)
        process.stdout.write(
          `${round < 0 ? 'warming up' : `round ${round + 1} of ${ROUNDS}`}: ${side} ${Math.round(rate)} req/s\n`,
        )
      }
    }
    await Promise.all(children.map(stop))
    await check(env)
    process.stdout.write(
      `RESULT webhook ratio=${ratio(rates.ours, rates.bare).toFixed(3)} rps=${Math.round(median(rates.ours))}\n`,
    )
  } finally {
    await Promise.all(children.map(stop))
    rmSync(folder, { recursive: true, force: true })
  }
}

async function seed(env: Record<string, string>): Promise<{ projectId: number; codes: string[] }> {
  const { db, clock, sealer } = await openContext(env)
  const codes = Array.from({ length: AFFILIATES }, (_, n) => `CODE${n}`)
  const projectId = await db.transaction().execute(async (tx) => {
    const project = { name: 'Bench', website: null, currency: 'USD', hmac_secret_sealed: '' }
    const { id } = await createProject(tx, project, clock.now())
    await connectProvider(tx, id, 'stripe', sealer.seal(SECRET), clock.now())
    for (const code of codes)
      await createAffiliate(tx, id, { email: `${code}@example.com`, referral_code: code }, clock.now())
    return id
  })
  await db.destroy()
  return { projectId, codes }
}

/** Every event that was answered is a commission, and the books balance: else the rate would mean nothing. */
async function check(env: Record<string, string>): Promise<void> {
  const { db, clock } = await openContext(env)
  const count = async (table: 'provider_event' | 'commission') =>
    (
      await db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
    ).n
  const [events, commissions] = [await count('provider_event'), await count('commission')]
  const verdict = await db.transaction().execute((tx) => verifyLedger(tx, clock.now()))
  await db.destroy()
  if (events !== commissions || !verdict.ok)
    throw new Error(`${events} events made ${commissions} commissions; ${JSON.stringify(verdict)}`)
  process.stdout.write(`${events} events, ${commissions} commissions, ledger ok\n`)
}
