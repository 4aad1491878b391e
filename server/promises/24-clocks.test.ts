/** Promise 24: a process whose clock is off by more than five seconds does not start on a database that many share. */
import { expect, inject, test } from 'vitest'
import { runCommand } from '../test/command-line.ts'
import { createPostgresDatabase } from '../test/databases.ts'
import { seedAt, spawnServer, startServer } from './child-server.ts'

/** Loaded before anything else in the process. */
const shiftedBy = (seconds: number) => ({
  NODE_OPTIONS: `--import data:text/javascript,const%20now=Date.now;Date.now=()=>now()%2B${seconds}000`,
})

const MINUTES = 60
const DAYS = 24 * 60 * MINUTES

test(
  'a clock that is two minutes or a day off, ahead or behind, stops the start with both times',
  { timeout: 180_000 },
  async () => {
    const { env } = await seedAt(await createPostgresDatabase(inject('postgresServer')))
    for (const seconds of [2 * MINUTES, -2 * MINUTES, DAYS, -DAYS]) {
      const { exit, output } = spawnServer({ ...env, ...shiftedBy(seconds) })
      expect(await exit).toBe(1)
      const [, own, database] =
        /^refgrow: The clock of this machine says (\S+), the clock of its database says (\S+): set both by NTP, because money is released by them\n$/.exec(
          output(),
        ) ?? []
      const apart = (Date.parse(own ?? '') - Date.parse(database ?? '')) / 1000
      expect(Math.abs(apart - seconds), output()).toBeLessThan(MINUTES)
    }
    const server = await startServer({ ...env, ...shiftedBy(2) })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    server.child.kill('SIGTERM')
    expect(await server.exit).toBe(0)
    expect(await runCommand('verify', { PATH: process.env['PATH'], ...env })).toMatch(/^ok /)
  },
)
