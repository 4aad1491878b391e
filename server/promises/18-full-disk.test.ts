/**
 * Promises 1 and 18: a server whose disk is full says so, leads links on, keeps what it acknowledged and goes on when there is
 * room. The disk is the process' own limit of a file's size, which only Linux lets us move while it runs: vitest.config.ts
 * leaves this file out elsewhere.
 */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test, vi } from 'vitest'
import { BROWSER } from '../test/programme.ts'
import { seedDatabase, startServer } from './child-server.ts'

test('a full disk ends no process and loses no click', async () => {
  const { env, file, projectId } = await seedDatabase()
  const server = await startServer(env)
  onTestFinished(() => void server.child.kill('SIGKILL'))
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(server.child.pid), `--fsize=${bytes}:`])
  const click = async (id: string) => {
    const response = await fetch(`${server.url}/api/track/click`, {
      method: 'POST',
      headers: { 'user-agent': BROWSER },
      body: JSON.stringify({ project_id: projectId, referral_code: 'ANN', click_id: id, url: 'https://shop.test/' }),
    })
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() }
  }
  const health = async () => (await fetch(`${server.url}/healthz`)).status
  const follow = async () => (await fetch(`${server.url}/r/ANN`, { redirect: 'manual' })).status
  expect([await health(), await follow()]).toEqual([200, 302])

  limit(statSync(`${file}-wal`).size + 100_000)
  const stored: string[] = []
  let answer: Awaited<ReturnType<typeof click>>
  for (;;) {
    const id = `click-${1000 + stored.length}`
    answer = await click(id)
    if (answer.status !== 200 || stored.length === 1000) break
    stored.push(id)
  }
  expect(answer).toMatchObject({
    status: 503,
    retryAfter: '5',
    body: { code: 'database_unavailable', error: expect.stringMatching(/^The database (fails|has no disk space)/) },
  })
  expect(await follow()).toBe(302)
  // An answer is shared for a second.
  await vi.waitFor(async () => expect(await health()).toBe(503), { timeout: 10_000 })

  limit('unlimited')
  expect((await click('click-again')).status).toBe(200)
  server.child.kill('SIGTERM')
  expect(await server.exit).toBe(0)
  const db = new DatabaseSync(file, { readOnly: true })
  expect(db.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  const ids = db.prepare(`select click_id from click where source = 'script' order by id`).all()
  expect(ids.map((row) => row['click_id'])).toEqual([...stored, 'click-again'])
  db.close()
})
