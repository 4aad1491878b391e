/** Slow clients: what does not arrive in time is answered 408 and closed; what is answered slowly goes on. */
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { loadConfig } from './config.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { createProgramme, hashFor, type Programme } from './test/programme.ts'

let programme: Programme
let app: Awaited<ReturnType<typeof buildApp>>
let port: number
beforeAll(async () => {
  const url = 'sqlite::memory:'
  const db = openDatabase(url)
  await migrate(db, 'sqlite')
  programme = await createProgramme({ db, engine: 'sqlite', url })
  const { clock, sealer } = programme
  const config = loadConfig({ DATABASE_URL: url, RATE_LIMIT_PUBLIC_PER_MINUTE: '0' })
  const limits = { headMs: 300, requestMs: 600, lookMs: 50 }
  app = await buildApp({ db, clock, sealer, config, scripts: false, liveLookMs: 20, limits })
  await app.listen({ port: 0, host: '127.0.0.1' })
  port = (app.server.address() as AddressInfo).port
})
afterAll(async () => {
  await app.close()
  await programme.app.close()
  await programme.db.destroy()
})

const click = 'POST /api/track/click HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n'

describe('what does not arrive in time is answered 408, and its connection is closed', () => {
  test.each<[string, string, string | null]>([
    ['a body of which nothing comes', `${click}content-length: 1000\r\n\r\n`, null],
    ['a body that comes byte by byte', `${click}content-length: 10000\r\n\r\n{`, ' '],
    ['a body in pieces without an end', `${click}transfer-encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
    ['a webhook of a provider', `POST /webhook/stripe/1 HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{`, null],
    ['headers without an end', click, 'x-more: 1\r\n'],
    ['nothing at all', '', null],
  ])('%s', async (_title, beginning, more) => {
    const { socket, closed, received } = open()
    socket.write(beginning)
    const dripping = setInterval(() => more !== null && socket.writable && socket.write(more), 20)
    await closed
    clearInterval(dripping)
    expect(received()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n.*"code":"request_timeout"\}$/s)
  })
})

test('what is no HTTP is answered 400 in the shape of every error', async () => {
  const { socket, closed, received } = open()
  socket.write('nonsense\r\n\r\n')
  await closed
  expect(received()).toMatch(
    /^HTTP\/1\.1 400 Bad Request\r\n.*\{"success":false,"error":"This is not an HTTP request"/s,
  )
})

test('an open dashboard outlives every limit, and is told of changes after it', async () => {
  const { projectId, addAffiliate } = programme
  await addAffiliate('ANN')
  const body = JSON.stringify({ project_id: projectId, email: 'ann@example.com', hash: hashFor('ann@example.com') })
  const { socket, received } = open()
  socket.write(
    `POST /api/widget/live HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  const told = () => received().split('data: ').length - 1
  await expect.poll(told).toBe(1)

  // As many requests as it takes for every limit to have passed for somebody else.
  for (let late = 0; late < 3; late++) {
    const other = open()
    other.socket.write(`${click}content-length: 1000\r\n\r\n`)
    await other.closed
  }
  await programme.click('ANN', 'a-click-1')
  await expect.poll(told).toBe(2)
  socket.destroy()
})

function open(): { socket: Socket; closed: Promise<unknown>; received: () => string } {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => void (text += chunk.toString()))
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  return { socket, closed, received: () => text }
}
