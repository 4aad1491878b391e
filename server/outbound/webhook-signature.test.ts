/** Signatures as receivers check them: by the standard's own vector, and by the receiver of docs/webhooks.md. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { withProgramme } from '../test/programme.ts'
import { webhookHeaders } from './webhook-signature.ts'

test('the vector of Standard Webhooks, and ours over the same body', () => {
  const message = {
    delivery: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    event: 'referral_converted',
    body: '{"test": 2432232314}',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    at: '2021-02-25T14:55:30.000Z',
  }
  expect(webhookHeaders(message)).toEqual({
    'Content-Type': 'application/json',
    'User-Agent': 'Refgrow-Webhooks/1.0',
    'X-Refgrow-Event': 'referral_converted',
    'X-Refgrow-Delivery': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'X-Refgrow-Timestamp': '1614264930',
    'X-Refgrow-Signature': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614264930',
    'webhook-signature': expect.stringMatching(/^v1,/),
  })
  expect(webhookHeaders({ ...message, at: '2021-02-25T15:02:10.000Z' })).toMatchObject({
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('without a secret nothing is signed', () => {
  const headers = webhookHeaders({
    delivery: '1',
    event: 'x',
    body: '{}',
    secret: null,
    at: '2026-11-20T12:00:00.000Z',
  })
  expect(Object.keys(headers).filter((name) => /signature/i.test(name))).toEqual([])
})

withProgramme(
  'the receiver of docs/webhooks.md takes what is signed with its secret, and nothing else',
  async (programme) => {
    await programme.set({ webhook_private_targets: true })
    const port = await freePort()
    const add = (secret: string | null) =>
      programme.call('POST', '/webhooks', { url: `http://127.0.0.1:${port}/`, events: ['referral_converted'], secret })
    const [ours, other, none] = [await add('the-secret'), await add('another-secret'), await add(null)]

    const docs = readFileSync(join(import.meta.dirname, '../../docs/webhooks.md'), 'utf8')
    const example = /```js\n(.*?)```/s.exec(docs)?.[1] ?? ''
    const file = join(mkdtempSync(join(tmpdir(), 'refgrow-')), 'receiver.mjs')
    writeFileSync(file, example)
    const receiver = spawn(process.execPath, [file], {
      env: { REFGROW_WEBHOOK_SECRET: 'the-secret', PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]()
      expect((await lines.next()).value).toBe(`waiting for events on port ${port}`)

      const statusOf = async (webhook: typeof ours) => {
        const { body } = await programme.call('POST', `/webhooks/${webhook.body.data.id}/test`)
        return { status: body.data.log[0].response_status, id: body.data.event_id }
      }
      expect(await statusOf(other)).toMatchObject({ status: 401 })
      expect(await statusOf(none)).toMatchObject({ status: 401 })
      const genuine = await statusOf(ours)
      expect(genuine).toMatchObject({ status: 204 })
      expect((await lines.next()).value).toBe(`referral_converted ${genuine.id} affiliate@example.com`)
    } finally {
      receiver.kill()
    }
  },
)

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
