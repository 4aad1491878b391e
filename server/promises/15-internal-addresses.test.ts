/** Promise 15: we never call an internal address. */
import { describe, expect, test } from 'vitest'
import { guardedPost, type Lookup } from '../outbound/guarded-request.ts'
import { withProgramme } from '../test/programme.ts'
import { startReceiver } from '../test/receiver.ts'
import { EVENT, happen, addEndpoint, deliver, attemptsOf } from '../test/webhook-events.ts'

describe('promise 15: we never call an internal address', () => {
  const hostile = (port: number) => [
    `https://127.0.0.1:${port}/`,
    `https://127.1:${port}/`,
    `https://2130706433:${port}/`,
    `https://0x7f000001:${port}/`,
    `https://0x7f.1:${port}/`,
    `https://0177.0.0.1:${port}/`,
    `https://017700000001:${port}/`,
    `https://127.0.0.1.:${port}/`,
    `https://①②⑦.0.0.1:${port}/`,
    `https://127。0。0。1:${port}/`,
    `https://%31%32%37.0.0.1:${port}/`,
    `https:127.0.0.1:${port}`,
    `https://0:${port}/`,
    `https://0.0.0.0:${port}/`,
    `https://[::1]:${port}/`,
    `https://[::]:${port}/`,
    `https://[0:0:0:0:0:0:0:1]:${port}/`,
    `https://[::ffff:127.0.0.1]:${port}/`,
    `https://[::ffff:7f00:1]:${port}/`,
    `https://[::ffff:8.8.8.8]:${port}/`,
    `https://[::127.0.0.1]:${port}/`,
    `https://[64:ff9b::127.0.0.1]:${port}/`,
    `https://[64:ff9b:1::7f00:1]:${port}/`,
    `https://[2002:7f00:1::]:${port}/`,
    `https://[2001:0:7f00:1::]:${port}/`,
    `https://[fe80::1]:${port}/`,
    `https://[fe80::1%25lo]:${port}/`,
    `https://[fec0::1]:${port}/`,
    `https://[fc00::1]:${port}/`,
    `https://[fd12:3456::1]:${port}/`,
    `https://[ff02::1]:${port}/`,
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://100.100.100.200/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0xA9FEA9FE/',
    'https://168.63.129.16/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    `https://localhost:${port}/`,
    `https://LOCALHOST.:${port}/`,
    `https://any.localhost:${port}/`,
    `https://user:password@127.0.0.1:${port}/`,
    'https://user@acme.example/',
    `http://127.0.0.1:${port}/`,
    'http://acme.example/',
    'ftp://acme.example/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    '//127.0.0.1/',
    'https://',
  ]

  test('hostile addresses are refused before anything is sent', async () => {
    const canary = await startReceiver()
    const urls = hostile(canary.port)
    expect(urls.length).toBeGreaterThanOrEqual(40)
    for (const url of urls) {
      const { status, error } = await post(url)
      expect([url, status, error]).toEqual([url, null, expect.stringMatching(/^url: /)])
    }
    expect(canary.connections()).toBe(0)
    // The canary would sing.
    expect(await post(canary.url, { privateTargets: true })).toMatchObject({ status: 200, error: null })
    expect(canary.connections()).toBe(1)
    await canary.close()
  })

  withProgramme('none of them can be a webhook, nor become one', async (programme) => {
    const { body } = await programme.call('POST', '/webhooks', { url: 'https://acme.example/', events: [EVENT.type] })
    for (const url of hostile(9)) {
      for (const answer of [
        await programme.call('POST', '/webhooks', { url, events: [EVENT.type] }),
        await programme.call('PUT', `/webhooks/${body.data.id}`, { url }),
      ])
        expect([url, answer.status, answer.body.error]).toEqual([url, 400, expect.stringMatching(/^url: /)])
    }
    expect((await programme.call('GET', '/webhooks')).body.pagination.total).toBe(1)
  })

  test('a name that stands for an internal address is refused, alone or among public ones', async () => {
    const canary = await startReceiver()
    for (const addresses of [['127.0.0.1'], [PUBLIC, '10.0.0.1'], ['::1'], ['169.254.169.254'], ['::ffff:127.0.0.1']]) {
      const lookup: Lookup = (_, __, done) =>
        done(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        )
      const { error } = await post(`https://acme.example:${canary.port}/`, { lookup })
      expect(error).toMatch(/^acme\.example: \S+ is (a private address|no address of the public internet)/)
    }
    expect(canary.connections()).toBe(0)
    await canary.close()
  })

  test('a resolver that answers public, then private: each connection goes where its own answer was checked', async () => {
    const canary = await startReceiver()
    const answers = [PUBLIC, '127.0.0.1', '127.0.0.1']
    let asked = 0
    const lookup: Lookup = (_, __, done) => done(null, [{ address: answers[asked++] ?? '', family: 4 }])
    const url = `https://acme.example:${canary.port}/`
    expect((await post(url, { lookup, timeoutMs: 50 })).status).toBeNull()
    expect(asked).toBe(1)
    expect((await post(url, { lookup })).error).toMatch(/127\.0\.0\.1 is a private address/)
    expect(asked).toBe(2)
    expect(canary.connections()).toBe(0)
    await canary.close()
  })

  test('a redirect is not followed, also where private addresses are allowed', async () => {
    const canary = await startReceiver()
    for (const status of [301, 302, 303, 307, 308]) {
      const receiver = await startReceiver(
        () => (response) => void response.writeHead(status, { location: canary.url }).end(),
      )
      expect(await post(receiver.url, { privateTargets: true })).toMatchObject({ status, error: null })
      await receiver.close()
    }
    expect(canary.connections()).toBe(0)
    await canary.close()
  })

  test("private addresses by setting are not the clouds' metadata", async () => {
    for (const url of [
      'http://169.254.169.254/',
      'http://[::ffff:169.254.169.254]/',
      'http://[fe80::1]/',
      'http://0.0.0.0/',
    ])
      expect((await post(url, { privateTargets: true })).error).toMatch(/is no address of the public internet/)
  })

  withProgramme('taken back, the setting stops what was allowed before', async (programme) => {
    const canary = await startReceiver()
    await programme.set({ webhook_private_targets: true })
    const endpoint = await addEndpoint(programme, canary.url)
    await programme.set({ webhook_private_targets: false })
    await happen(programme)
    await deliver(programme)
    expect(canary.connections()).toBe(0)
    expect(await attemptsOf(programme, endpoint)).toMatchObject([
      { error: expect.stringMatching(/^url: expected https/) },
    ])
    await canary.close()
  })

  const PUBLIC = '192.0.32.7'
  const post = (url: string, more: { privateTargets?: boolean; lookup?: Lookup; timeoutMs?: number } = {}) =>
    guardedPost({ url, headers: {}, body: '{}', privateTargets: false, ...more })
})
