/**
 * Promise 19: a backup restores. One that is made while sales arrive is a whole database: it opens in a second server, balances,
 * answers, and holds every sale that was acknowledged before it was begun.
 */
import { execFile } from 'node:child_process'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { type ChildServer, type SeededDatabase, seedDatabase, startServer } from './child-server.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const servers: ChildServer[] = []
afterAll(() => servers.forEach(({ child }) => child.kill('SIGKILL')))

test('a backup that is made while sales arrive opens in a second server, with every sale acknowledged before', async () => {
  const database = await seedDatabase()
  const first = await start(database.env)
  const sold: string[] = []
  const selling = { on: true }
  const clients = Array.from({ length: 4 }, async (_, client) => {
    for (let n = 0; selling.on; n++) {
      const reference = `order-${client}-${n}`
      await sell(first, database, reference)
      sold.push(reference)
    }
  })
  await expect.poll(() => sold.length).toBeGreaterThan(20)
  const before = [...sold]
  const copy = `${database.file}.copy`
  await refgrow(database.env, 'backup', copy)
  expect(sold.length).toBeGreaterThan(before.length)
  selling.on = false
  await Promise.all(clients)

  expect(new DatabaseSync(copy).prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  const env = { ...database.env, DATABASE_URL: `sqlite:${copy}` }
  const second = await start(env)
  expect(await refgrow(env, 'verify')).toMatch(/^ok \d+ ledger entries/)
  const restored = await ordersOf(second, database)
  expect(before.filter((reference) => !restored.has(reference))).toEqual([])
  expect(await earned(second, database)).toBe((restored.size * 10).toFixed(2))
  // It goes on selling, and the one it was made of has not noticed.
  await sell(second, database, 'order-after')
  expect(await earned(second, database)).toBe((restored.size * 10 + 10).toFixed(2))
  expect(await earned(first, database)).toBe((sold.length * 10).toFixed(2))
})

async function start(env: NodeJS.ProcessEnv): Promise<ChildServer> {
  const server = await startServer(env)
  servers.push(server)
  return server
}

async function refgrow(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['server/cli.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ENV_FILE: devNull, ...env },
  })
  return stdout
}

async function ask({ url }: ChildServer, { apiKey }: SeededDatabase, path: string, body?: object) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect(response.ok).toBe(true)
  return (await response.json()) as { data: never; pagination?: { has_more: boolean } }
}

const sell = (server: ChildServer, database: SeededDatabase, reference: string) =>
  ask(server, database, '/conversions', {
    reference,
    base_value: 50,
    email: `${reference}@example.com`,
    referral_code: 'ANN',
  })

async function ordersOf(server: ChildServer, database: SeededDatabase): Promise<Set<string>> {
  const orders = new Set<string>()
  for (;;) {
    const page = await ask(server, database, `/conversions?limit=100&offset=${orders.size}`)
    for (const { reference } of page.data as { reference: string }[]) orders.add(reference)
    if (!page.pagination?.has_more) return orders
  }
}

const earned = async (server: ChildServer, database: SeededDatabase): Promise<string> => {
  const { data } = await ask(server, database, '/affiliates/ann%40example.com')
  return (data as { total_earnings: string }).total_earnings
}
