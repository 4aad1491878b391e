import pino from 'pino'
import { expect, onTestFinished, vi } from 'vitest'
import { createSealer } from '../secrets.ts'
import { loadConfig } from '../config.ts'
import { readiness } from '../readiness.ts'
import { onBothDatabases } from '../test/databases.ts'
import { checkout, withProgramme } from '../test/programme.ts'
import { compareClocks } from './compare-clocks.ts'
import type { JobContext } from './job.ts'
import { startWorker } from './worker.ts'

const HOUR_MS = 3_600_000

/** A log that is read back. */
function readableLog() {
  const lines: { level: number; msg: string }[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  return { log, said: () => lines.splice(0).map(({ level, msg }) => [pino.levels.labels[level], msg]) }
}

onBothDatabases(
  'while the clock is wrong the process says so and moves no money, until it is right again',
  async (fresh) => {
    onTestFinished(() => void (readiness.clock = undefined))
    const ahead = { ms: 0 }
    const { log, said } = readableLog()
    const context: JobContext = {
      ...fresh,
      config: loadConfig({ DATABASE_URL: fresh.url }),
      clock: { now: () => new Date(Date.now() + ahead.ms).toISOString() },
      sealer: createSealer(Buffer.alloc(32, 7)),
      log,
    }
    const compare = () => compareClocks(context, new AbortController().signal)
    await compare()
    expect([readiness.clock, said()]).toEqual([undefined, []])

    for (const ms of [-HOUR_MS, HOUR_MS]) {
      ahead.ms = ms
      await compare()
      // SQLite's only clock is ours.
      if (fresh.engine === 'sqlite') {
        expect([readiness.clock, said()]).toEqual([undefined, []])
        continue
      }
      expect(readiness.clock).toMatch(
        /^The clock of this machine says \d{4}-\S+Z, the clock of its database says \d{4}-\S+Z: set both by NTP/,
      )
      expect(said()).toEqual(ms < 0 ? [['error', readiness.clock]] : [])
    }

    const ran: string[] = []
    const job = (name: string) => ({ name, everySeconds: 0.001, run: async () => void ran.push(name) })
    const worker = startWorker(context, log, [job('clean'), { ...job('pay'), movesMoney: true as const }])
    await vi.waitFor(() => expect(ran.filter((name) => name === 'clean').length).toBeGreaterThan(3))
    expect(ran.includes('pay')).toBe(fresh.engine === 'sqlite')
    ahead.ms = 0
    await compare()
    expect(readiness.clock).toBeUndefined()
    if (fresh.engine === 'postgres')
      expect(said()).toEqual([['info', 'the clocks of this machine and its database agree again']])
    await vi.waitFor(() => expect(ran).toContain('pay'))
    await worker.stop()
  },
)

withProgramme(
  'events of the future are warned of once, and what a wrong clock did to balances is mended',
  async (programme) => {
    const { db, url, addAffiliate, setTerms, deliver, clock, sealer, earningsOf } = programme
    const { log, said } = readableLog()
    const real = new Date()
    const inDays = (days: number) => new Date(real.getTime() + days * 24 * HOUR_MS).toISOString()
    const context: JobContext = { db, log, clock, sealer, config: loadConfig({ DATABASE_URL: url }) }
    const compare = () => compareClocks(context, new AbortController().signal)
    await addAffiliate('ANN')
    await setTerms({ percent: 20, holdDays: 30 })
    const sell = (id: string) =>
      deliver(checkout({ id, amount: 5000, code: 'ANN', email: `${id}@example.com`, at: inDays(0) }))
    clock.set(inDays(0))
    await sell('before')
    clock.set(inDays(400))
    await sell('meanwhile')
    expect(await earningsOf('ann@example.com')).toMatchObject({ total: '20.00', eligible: '20.00' })

    clock.set(inDays(0))
    await compare()
    await compare()
    expect(said()).toEqual([
      ['warn', `The clock was set back: the newest event was recorded at ${inDays(400)}, and now it is ${inDays(0)}`],
    ])
    expect(await earningsOf('ann@example.com')).toEqual({
      total: '20.00',
      eligible: '0.00',
      held: '20.00',
      paid: '0.00',
    })
    clock.set(inDays(32))
    expect(await earningsOf('ann@example.com')).toMatchObject({ eligible: '20.00', held: '0.00' })
  },
)
