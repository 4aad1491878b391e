/**
 * REST v1 against a bare fastify route that answers a body of the same size, on a small and on a ten times larger programme:
 * the list of 100 affiliates with their numbers, one affiliate, and a new conversion. Alternating rounds in one run, each
 * server in a process of its own, the load in another. Goals on SQLite with synchronous=FULL: list_growth <= 1.2 (what ten
 * times the data costs), list_ratio >= 0.15, create_ratio >= 0.04, both on the large programme.
 */
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiLoad } from './api-load.ts'
import { seedProgramme, type Size } from './api-seed.ts'
import { load, median, ratio, start, stop, UNLIMITED } from './servers.ts'

const SMALL: Size = { affiliates: 1_000, conversions: 100_000, clicks: 1_000_000 }
const TIMES = 10
const ROUNDS = 5
const ROUND_MS = 1500
const WARM_UP_ROUNDS = 1
const CONNECTIONS = 32

const KINDS = ['list', 'one', 'create'] as const
type Kind = (typeof KINDS)[number]
const SIDES = ['small', 'large', 'bare'] as const
type Side = (typeof SIDES)[number]

/** @param args `--times=N`: how much larger the large programme is, ten without it */
export async function bench(args: string[]): Promise<void> {
  const times = Number(args.find((arg) => arg.startsWith('--times='))?.slice('--times='.length) ?? TIMES)
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-bench-'))
  const children: ChildProcess[] = []
  try {
    const targets = {} as Record<Side, { url: string; apiKey: string; affiliates: number }>
    for (const [side, factor] of [
      ['small', 1],
      ['large', times],
    ] as const) {
      const size = {
        affiliates: SMALL.affiliates * factor,
        conversions: SMALL.conversions * factor,
        clicks: SMALL.clicks * factor,
      }
      const file = join(folder, `${side}.db`)
      const started = performance.now()
      const apiKey = await seedProgramme(file, size, (text) => process.stdout.write(`${side}: ${text}\n`))
      process.stdout.write(
        `${side}: ${Math.round(statSync(file).size / 1e6)} MB in ${Math.round((performance.now() - started) / 1000)} s\n`,
      )
      const url = await start('server/main.ts', { DATABASE_URL: `sqlite:${file}`, ...UNLIMITED }, children)
      targets[side] = { url, apiKey, affiliates: size.affiliates }
    }
    const bodies = join(folder, 'bodies.json')
    writeFileSync(bodies, JSON.stringify(await answersOf(targets.large)))
    const url = await start('bench/api-bare.ts', { BODIES: bodies }, children)
    targets.bare = { ...targets.large, url }

    const rates = {} as Record<Kind, Record<Side, number[]>>
    for (const kind of KINDS) {
      rates[kind] = { small: [], large: [], bare: [] }
      for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        // Who goes first changes, so that nobody always meets the warmer machine.
        const turn = Math.abs(round) % SIDES.length
        for (const side of [...SIDES.slice(turn), ...SIDES.slice(0, turn)]) {
          const rate = await load('bench/api-load.ts', {
            ...targets[side],
            kind,
            connections: CONNECTIONS,
            ms: ROUND_MS,
          } satisfies ApiLoad)
          if (round >= 0) rates[kind][side].push(rate)
        }
      }
      const { small, large, bare } = rates[kind]
      process.stdout.write(
        `${kind}: ${Math.round(median(small))} req/s small, ${Math.round(median(large))} large, ${Math.round(median(bare))} bare; growth ${ratio(small, large).toFixed(2)}, ratio ${ratio(large, bare).toFixed(3)}\n`,
      )
    }
    const { list, create } = rates
    process.stdout.write(
      `RESULT api list_growth=${ratio(list.small, list.large).toFixed(2)} list_ratio=${ratio(list.large, list.bare).toFixed(3)} create_ratio=${ratio(create.large, create.bare).toFixed(3)} create_rps=${Math.round(median(create.large))}\n`,
    )
  } finally {
    await Promise.all(children.map(stop))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the server answers to each kind of request, for the bare one to answer too; checked for the numbers that were seeded. */
async function answersOf({ url, apiKey }: { url: string; apiKey: string }): Promise<Record<Kind, unknown>> {
  const authorization = `Bearer ${apiKey}`
  const get = async (path: string) => {
    const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization } })
    return (await response.json()) as { data: Record<string, unknown> }
  }
  const list = await get('/affiliates?limit=100')
  const one = await get('/affiliates/a7%40example.com')
  const response = await fetch(`${url}/api/v1/conversions`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'first@example.com', base_value: 49.99, referral_code: 'CODE7', reference: 'first' }),
  })
  const create = (await response.json()) as { data: Record<string, unknown> }
  const expected = [100, SMALL.clicks / SMALL.affiliates, '1000.00', 201, 10]
  const found = [
    (list.data as unknown as unknown[]).length,
    one.data['clicks'],
    one.data['total_earnings'],
    response.status,
    create.data['value'],
  ]
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`the API answers ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`)
  return { list, one, create }
}
