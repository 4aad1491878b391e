/** No answer to a request of ours fills the memory or keeps us waiting, whoever sends it. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { loadRates } from './exchange-rates.ts'
import { guardedPost } from './guarded-request.ts'
import { askJson } from './provider-api.ts'
import { stripeApi } from '../providers/stripe/api.ts'

const DOORS: Record<string, (url: string) => Promise<unknown>> = {
  'exchange rates': (url) => loadRates(url, 1000),
  'a provider without an SDK': (url) =>
    askJson({ title: 'Polar', home: 'https://api.polar.sh' }, { key: 'key', url }, '/v1/orders', 1000),
  Stripe: (url) => stripeApi({ key: 'sk_test_1', url }, 1000, 0).coupons.list(),
}

/** Stripe's SDK puts it into words of its own. */
const TOO_LARGE = /at most 1 MB|larger than 16 MB|error occurred with our connection to Stripe/

const MEGABYTE = Buffer.alloc(1024 * 1024, '[')
/** More than any limit, and than what is on its way when the connection is closed. */
const FAR_TOO_MANY = 200

describe.each(Object.entries(DOORS))('%s', (_name, ask) => {
  test('an answer without an end is given up', async () => {
    const server = await answering(withoutEnd)
    await expect(ask(server.url)).rejects.toThrow(TOO_LARGE)
    expect(await server.outcome).toBe('given up')
    server.close()
  })

  test('so is one that is small only while it is compressed', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, '['))
    const server = await answering(async (response) => void response.end(bomb), { 'content-encoding': 'gzip' })
    await expect(ask(server.url)).rejects.toThrow(TOO_LARGE)
    server.close()
  })
})

test.each(Object.entries(DOORS).filter(([name]) => name !== 'Stripe'))(
  '%s: one that comes byte by byte is not waited for',
  async (_name, ask) => {
    const server = await answering(async (response) => {
      while (!response.destroyed) {
        response.write(' ')
        await pause(20)
      }
      return 'given up'
    })
    await expect(ask(server.url)).rejects.toThrow('no whole answer within 1 s')
    expect(await server.outcome).toBe('given up')
    server.close()
  },
)

test('of what a webhook answers the beginning is kept, and the rest is not read', async () => {
  const server = await answering(withoutEnd)
  const answer = await guardedPost({ url: server.url, headers: {}, body: '{}', privateTargets: true })
  expect(answer).toMatchObject({ status: 200, body: '['.repeat(4096), error: null })
  expect(await server.outcome).toBe('given up')
  server.close()
})

async function withoutEnd(response: ServerResponse): Promise<string> {
  response.setMaxListeners(0)
  for (let sent = 0; sent < FAR_TOO_MANY && !response.destroyed; sent++)
    if (!response.write(MEGABYTE)) await Promise.race([once(response, 'drain'), once(response, 'close')])
  return response.destroyed ? 'given up' : 'read to the end'
}

async function answering(answer: (response: ServerResponse) => Promise<string | void>, headers = {}) {
  const { promise: outcome, resolve } = Promise.withResolvers<string | void>()
  const server = createServer((request, response) => {
    request.resume()
    response.on('error', () => {})
    void answer(response.writeHead(200, { 'content-type': 'application/json', ...headers })).then(resolve)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, outcome, close }
}
