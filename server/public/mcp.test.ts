/** MCP over Streamable HTTP: a real client on a real port, and the answers around it. */
import { Client, StreamableHTTPClientTransport, type VersionNegotiationMode } from '@modelcontextprotocol/client'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { callEveryTool, callTool } from '../../mcp/test/every-tool.ts'
import { createApiKey } from '../core/project/api-key.ts'
import { connectProvider } from '../core/project/provider-connection.ts'
import { doProviderTasks } from '../jobs/do-provider-tasks.ts'
import { type Programme, withProgramme, WEBHOOK_SECRET } from '../test/programme.ts'
import { startStripe } from '../test/stripe-double.ts'

async function connect(programme: Programme, mode: VersionNegotiationMode, key = programme.apiKey): Promise<Client> {
  if (!programme.app.server.listening) await programme.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = programme.app.server.address() as AddressInfo
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
  const requestInit = { headers: { authorization: `Bearer ${key}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`), { requestInit }))
  return client
}

withProgramme('every tool works over HTTP', async (programme) => {
  const client = await connect(programme, 'legacy')
  await callEveryTool(client)
  await client.close()
})

for (const mode of ['legacy', 'auto'] as const)
  withProgramme(
    `clients of the protocol's ${mode === 'auto' ? 'newest' : '2025'} revision are served`,
    async (programme) => {
      await programme.addAffiliate('ANN')
      const client = await connect(programme, mode)
      expect(client.getServerVersion()).toMatchObject({ name: 'refgrow', title: 'Refgrow' })
      expect(client.getNegotiatedProtocolVersion()).toBe(mode === 'auto' ? '2026-07-28' : '2025-11-25')
      expect(client.getInstructions()).toContain('affiliate programme')
      expect((await client.listTools()).tools).toHaveLength(19)
      expect((await callTool(client, 'list_affiliates')).body.pagination.total).toBe(1)
      expect(await callTool(client, 'get_affiliate_details', { email: 'ben@example.com' })).toMatchObject({
        isError: true,
        text: 'Affiliate not found',
      })
      await client.close()
    },
  )

withProgramme('create_coupon makes the coupon at Stripe, with the discount it is given', async (programme) => {
  const { db, sealer, projectId, clock } = programme
  const stripe = await startStripe()
  const client = await connect(programme, 'legacy')
  try {
    await programme.addAffiliate('ANN')
    const create = (input: object) => callTool(client, 'create_coupon', { affiliate_id: 1, ...input })
    const atStripe = { coupon_code: 'ANN20', create_in_stripe: { percent_off: '20', duration: 'forever' } }
    expect(await create(atStripe)).toMatchObject({
      isError: true,
      text: expect.stringContaining('create_in_stripe needs a Stripe key'),
    })

    const api = { api_key_sealed: sealer.seal(stripe.key), api_url: stripe.url, endpoint_id: null }
    const secret = sealer.seal(WEBHOOK_SECRET)
    await db.transaction().execute((tx) => connectProvider(tx, projectId, 'stripe', secret, clock.now(), api))
    const percent = await create(atStripe)
    expect(percent.text).toContain('"stripe_coupon_id":"refgrow_')
    const amount = await create({ coupon_code: 'ANN5', create_in_stripe: { amount_off: 5, currency: 'usd' } })
    const { text } = await create({ coupon_code: 'BOTH', create_in_stripe: { percent_off: 5, amount_off: 5 } })
    expect(text).toMatch(/^create_in_stripe: expected either percent_off, or amount_off and currency/)

    const logged: unknown[] = []
    await doProviderTasks({ ...programme, log: { warn: (...said: unknown[]) => void logged.push(said) } })
    expect(logged).toEqual([])
    expect(stripe.objects.coupons).toMatchObject([
      { id: percent.body.data.stripe_coupon_id, name: 'ANN20', percent_off: '20', duration: 'forever' },
      { id: amount.body.data.stripe_coupon_id, name: 'ANN5', amount_off: '500', currency: 'USD', duration: 'once' },
    ])
    expect(stripe.objects.promotion_codes).toMatchObject([{ code: 'ANN20' }, { code: 'ANN5' }])

    await callTool(client, 'delete_coupon', { id: percent.body.data.id })
    await doProviderTasks({ ...programme, log: { warn: (...said: unknown[]) => void logged.push(said) } })
    expect(stripe.objects.coupons).toMatchObject([{ name: 'ANN5' }])
  } finally {
    await client.close()
    await stripe.close()
  }
})

withProgramme('a key that may only read gets the refusal of the API; a key sees its own project', async (programme) => {
  const { db, projectId, clock } = programme
  await programme.addAffiliate('ANN')
  const { key } = await db.transaction().execute((tx) => createApiKey(tx, projectId, 'reader', clock.now()))
  await db.updateTable('api_key').set({ scopes: 'read' }).where('name', '=', 'reader').execute()
  const reader = await connect(programme, 'legacy', key)
  expect(await callTool(reader, 'create_affiliate', { email: 'ben@example.com' })).toMatchObject({
    isError: true,
    text: 'This API key lacks the scope "write"',
  })
  const other = await connect(programme, 'legacy', (await programme.addProject('Other')).apiKey)
  expect((await callTool(other, 'list_affiliates')).body.pagination.total).toBe(0)
  await Promise.all([reader.close(), other.close()])
})

withProgramme('who asks wrongly is told so', async ({ app, apiKey }) => {
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', headers: Record<string, string>, payload?: string) => {
    const response = await app.inject({ method, url: '/mcp', headers, ...(payload !== undefined && { payload }) })
    return [response.statusCode, response.body.startsWith('{') ? response.json() : response.body] as const
  }
  const key = { authorization: `Bearer ${apiKey}` }
  const json = { ...key, 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })

  expect(await ask('POST', { ...json, authorization: '' }, ping)).toEqual([
    401,
    { success: false, code: 'unauthorized', error: expect.stringContaining('Missing API key') },
  ])
  expect(await ask('POST', { ...json, authorization: 'Bearer rgk_wrong' }, ping)).toEqual([
    401,
    { success: false, code: 'unauthorized', error: 'Invalid or revoked API key' },
  ])
  const challenge = await app.inject({ method: 'POST', url: '/mcp', payload: ping })
  expect(challenge.headers['www-authenticate']).toBe('Bearer realm="refgrow"')

  expect(await ask('POST', { ...json, origin: 'http://evil.test' }, ping)).toEqual([
    403,
    { success: false, code: 'forbidden', error: 'Pages of http://evil.test may not call this address' },
  ])
  expect((await ask('POST', { ...json, origin: 'null' }, ping))[0]).toBe(403)
  expect((await ask('POST', { ...json, origin: 'http://localhost:3000' }, ping))[0]).toBe(200)

  // Stateless: there is no stream to open and no session to end.
  expect((await ask('GET', { ...key, accept: 'text/event-stream' }))[0]).toBe(405)
  expect((await ask('DELETE', key))[0]).toBe(405)
  expect((await ask('PUT', json, ping))[0]).toBe(404)

  expect((await ask('POST', { ...json, 'content-type': 'text/plain' }, ping))[0]).toBe(415)
  expect(await ask('POST', json, '{')).toEqual([
    400,
    expect.objectContaining({ error: expect.objectContaining({ code: -32700 }) }),
  ])
  expect((await ask('POST', json, ' '.repeat(2_000_000)))[0]).toBe(413)
  expect((await ask('POST', json, JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })))[0]).toBe(
    202,
  )
})
