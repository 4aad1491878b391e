/** Ending: a signal ends the server under traffic, through npm too, within seconds, and loses nothing that was acknowledged. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildIfChanged } from '../tools/build.ts'
import { type ChildServer, seedDatabase, startServer } from './promises/child-server.ts'
import { hashFor } from './test/programme.ts'

const ROOT = join(import.meta.dirname, '..')
const children: ChildProcess[] = []
beforeAll(() => buildIfChanged())
afterAll(() => children.forEach((child) => child.kill('SIGKILL')))

test('SIGTERM under traffic: idle and silent connections are closed, every click that was acknowledged is stored', async () => {
  const { server, file, projectId } = await start()
  const agent = new Agent({ keepAlive: true, maxSockets: 30 })
  const stream = await openStream(server.url, projectId)
  const silent = await openSocket(server.url)
  let stored = 0
  let refused = 0
  let counter = 0
  const others: number[] = []
  const lane = async () => {
    while (refused < 200) {
      const click = { project_id: projectId, referral_code: 'ANN', click_id: `a-click-${counter++}` }
      const status = await post(`${server.url}/api/track/click`, click, agent)
      if (status === 200) stored += 1
      else if (status === 'refused') refused += 1
      else others.push(status)
      if (stored === 500) server.child.kill('SIGTERM')
    }
  }
  await Promise.all(Array.from({ length: 30 }, lane))
  expect(await server.exit).toBe(0)
  await Promise.all([stream.ended, silent.closed])
  expect(server.output()).not.toContain('cut off')
  expect(others).toEqual([])
  expect(stored).toBeGreaterThan(500)

  const database = new DatabaseSync(file, { readOnly: true })
  const { clicks } = database.prepare('select count(*) as clicks from click').get() as { clicks: number }
  database.close()
  // What was stored while its connection broke was not acknowledged.
  expect(clicks).toBeGreaterThanOrEqual(stored)
  expect(clicks).toBeLessThanOrEqual(counter)
  agent.destroy()
})

test('a request on its way is answered, and told that the connection ends', async () => {
  const { server, projectId } = await start()
  const slow = await openSocket(server.url)
  let answer = ''
  slow.socket.on('data', (chunk) => void (answer += chunk.toString()))
  const body = JSON.stringify({ project_id: projectId, referral_code: 'ANN', click_id: 'a-slow-click' })
  slow.socket.write(`POST /api/track/click HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n`)
  slow.socket.write(`content-type: text/plain\r\n\r\n${body.slice(0, 10)}`)
  await answers(server.url)
  server.child.kill('SIGTERM')
  await expect.poll(() => server.output()).toContain('finishing open requests')
  slow.socket.write(body.slice(10))
  expect(await server.exit).toBe(0)
  await slow.closed
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(answer).toMatch(/\r\nconnection: close\r\n/i)
  expect(server.output()).not.toContain('cut off')
})

test('a request that never ends is cut off, and does not keep the server', async () => {
  const { server } = await start()
  const slow = await openSocket(server.url)
  slow.socket.write('POST /api/track/click HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{')
  await answers(server.url)
  server.child.kill('SIGTERM')
  expect(await server.exit).toBe(0)
  await slow.closed
  expect(server.output()).toContain('not everything ended within 10 s; what is left is cut off')
})

test('asked a second time it ends at once', async () => {
  const { server } = await start()
  const slow = await openSocket(server.url)
  slow.socket.write('POST /api/track/click HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{')
  await answers(server.url)
  const asking = setInterval(() => server.child.kill('SIGTERM'), 200)
  expect(await server.exit).toBe(143)
  clearInterval(asking)
  expect(server.output()).not.toContain('cut off')
})

test.each([
  ['start', 'Server listening'],
  ['demo', 'Ctrl+C ends the demo'],
])('SIGTERM to "npm run %s" ends the servers it started, and their ports are free', async (script, ready) => {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-'))
  const [port, shopPort] = [await freePort(), await freePort()]
  const npm = spawn('npm', ['run', script], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      HOST: '127.0.0.1',
      PORT: String(port),
      SHOP_PORT: String(shopPort),
      DATABASE_URL: `sqlite:${join(folder, 'refgrow.db')}`,
      DEMO_FOLDER: join(folder, 'demo'),
    },
  })
  children.push(npm)
  let output = ''
  const read = (chunk: Buffer) => void (output += chunk.toString())
  npm.stdout.on('data', read)
  npm.stderr.on('data', read)
  const exit = new Promise((resolve) => void npm.on('exit', resolve))
  await expect.poll(() => output, { timeout: 50_000 }).toContain(ready)
  const agent = new Agent({ keepAlive: true })
  expect(await post(`http://127.0.0.1:${port}/api/track/click`, {}, agent)).toBe(400)

  npm.kill('SIGTERM')
  await exit
  const ports = script === 'demo' ? [port, shopPort] : [port]
  for (const one of ports) await expect.poll(() => isFree(one), { timeout: 30_000 }).toBe(true)
  agent.destroy()
})

async function start(): Promise<{ server: ChildServer; file: string; projectId: number }> {
  const { env, file, projectId } = await seedDatabase()
  const server = await startServer(env)
  children.push(server.child)
  return { server, file, projectId }
}

/** @returns the status, or 'refused' when the server is gone or closed the connection */
const post = (url: string, body: object, agent: Agent): Promise<number | 'refused'> =>
  new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'text/plain' } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', () => resolve('refused'))
    })
    sent.on('error', () => resolve('refused'))
    sent.end(JSON.stringify(body))
  })

/** An open dashboard's stream. */
async function openStream(url: string, projectId: number): Promise<{ ended: Promise<unknown> }> {
  const response = await fetch(`${url}/api/widget/live`, {
    method: 'POST',
    body: JSON.stringify({ project_id: projectId, email: 'ann@example.com', hash: hashFor('ann@example.com') }),
  })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  return { ended: response.text() }
}

/** A connection such as browsers open in advance. */
async function openSocket(url: string): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await new Promise((resolve) => socket.once('connect', resolve))
  return { socket: socket.resume(), closed }
}

/** What was sent before this has arrived. */
const answers = async (url: string) => expect((await fetch(`${url}/healthz`)).status).toBe(200)

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer().listen(port, '127.0.0.1')
  const free = await new Promise<boolean>((resolve) => {
    server.once('listening', () => resolve(true))
    server.once('error', () => resolve(false))
  })
  await new Promise((resolve) => server.close(resolve))
  return free
}
