/** The tools as an assistant sees them: names, descriptions, inputs, annotations, and the call each stands for. */
import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { expect, test } from 'vitest'
import { type Api, type ApiRequest, apiOver } from './api.ts'
import { createMcpServer } from './server.ts'
import { callTool } from './test/every-tool.ts'

/** A client of a server whose API answers as told. */
async function connect(api: Api): Promise<Client> {
  const [here, there] = InMemoryTransport.createLinkedPair()
  const client = new Client({ name: 'test', version: '1' })
  await Promise.all([createMcpServer(api).connect(there), client.connect(here)])
  return client
}

const nothing: Api = () => Promise.resolve({ status: 200, body: { success: true, data: {} } })

test("the specification's 18 tools and explain_conversion, each described, with hints that fit", async () => {
  const { tools } = await (await connect(nothing)).listTools()
  expect(tools.map(({ name }) => name)).toEqual([
    'list_affiliates',
    'get_affiliate_details',
    'create_affiliate',
    'update_affiliate',
    'delete_affiliate',
    'list_referrals',
    'get_referral_details',
    'create_referral',
    'list_conversions',
    'get_conversion',
    'create_conversion',
    'update_conversion',
    'delete_conversion',
    'explain_conversion',
    'list_coupons',
    'get_coupon',
    'create_coupon',
    'update_coupon',
    'delete_coupon',
  ])
  for (const { name, description = '', annotations, inputSchema } of tools) {
    const [verb] = name.split('_')
    expect([name, annotations]).toEqual([
      name,
      {
        title: expect.any(String),
        openWorldHint: false,
        readOnlyHint: ['list', 'get', 'explain'].includes(verb ?? ''),
        idempotentHint: verb !== 'create',
        ...(annotations?.readOnlyHint ? {} : { destructiveHint: verb !== 'create' }),
      },
    ])
    expect([name, description.length > 60, description.length < 900]).toEqual([name, true, true])
    if (verb === 'delete') expect([name, description]).toEqual([name, expect.stringContaining('DESTRUCTIVE')])
    for (const [field, schema] of Object.entries(inputSchema.properties ?? {}))
      expect([name, field, schema]).toEqual([name, field, expect.objectContaining({ description: expect.any(String) })])
  }
})

test('each call of a tool is one call of the API', async () => {
  const asked: ApiRequest[] = []
  const client = await connect((request) => (asked.push(request), nothing(request)))
  await callTool(client, 'list_conversions', { paid: false, from: '2026-11-01', limit: 5 })
  await callTool(client, 'get_affiliate_details', { email: 'b+c@example.com' })
  await callTool(client, 'update_affiliate', { email: 'a@example.com', new_email: 'b@example.com', status: 'inactive' })
  await callTool(client, 'update_coupon', { id: 3, status: 'inactive' })
  expect(asked).toEqual([
    { method: 'GET', path: '/conversions', query: { paid: false, from: '2026-11-01', limit: 5 } },
    { method: 'GET', path: '/affiliates/b%2Bc%40example.com' },
    { method: 'PUT', path: '/affiliates/a%40example.com', body: { email: 'b@example.com', status: 'inactive' } },
    { method: 'PUT', path: '/coupons/3', body: { status: 'inactive' } },
  ])
})

test('numbers, flags and types as assistants write them are what they say; an empty code is left out', async () => {
  const asked: ApiRequest[] = []
  const client = await connect((request) => (asked.push(request), nothing(request)))
  await callTool(client, 'list_conversions', { limit: '5', paid: 'true', type: 'PURCHASE', affiliate_id: '3' })
  const sale = { type: ' Signup ', base_value: '12.50', referral_code: '', email: ' josé@müller.de ' }
  await callTool(client, 'create_conversion', sale)
  await callTool(client, 'create_affiliate', { email: 'a&b@x.com', referral_code: ' ' })
  expect(asked).toEqual([
    { method: 'GET', path: '/conversions', query: { limit: 5, paid: true, type: 'purchase', affiliate_id: 3 } },
    { method: 'POST', path: '/conversions', body: { type: 'signup', base_value: 12.5, email: 'josé@müller.de' } },
    { method: 'POST', path: '/affiliates', body: { email: 'a&b@x.com' } },
  ])
  for (const limit of ['5a', '', '0x5'])
    expect(await callTool(client, 'list_conversions', { limit })).toMatchObject({ isError: true })
  const { tools } = await client.listTools()
  const { properties } = tools.find(({ name }) => name === 'create_conversion')!.inputSchema
  expect(properties).toMatchObject({ base_value: { type: 'number' }, type: { enum: ['signup', 'purchase'] } })
})

test("an error of the API is the tool's error, in the API's own words", async () => {
  const refuse = (status: number, body: unknown) => connect(() => Promise.resolve({ status, body }))
  const missing = await refuse(404, { success: false, error: 'Affiliate not found', code: 'affiliate_not_found' })
  expect(await callTool(missing, 'get_affiliate_details', { email: 'a@example.com' })).toMatchObject({
    isError: true,
    text: 'Affiliate not found',
  })
  expect(await callTool(await refuse(502, null), 'list_coupons')).toMatchObject({
    isError: true,
    text: 'The API answered 502 without a reason',
  })
})

test('wrong inputs are refused before the API is asked', async () => {
  const client = await connect(() => Promise.reject(new Error('asked')))
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['get_affiliate_details', { email: 'nobody' }, /email/],
    ['get_conversion', {}, /id/],
    ['list_affiliates', { limit: 501 }, /500/],
    ['list_affiliates', { affiliate: 3 }, /affiliate/],
    ['create_coupon', { affiliate_id: 1, coupon_code: 'ab' }, /3 to 64/],
  ]
  for (const [name, input, sentence] of cases)
    expect(await callTool(client, name, input)).toMatchObject({ isError: true, text: expect.stringMatching(sentence) })
})

test('an API that does not answer is named, with what to do', async () => {
  await expect(apiOver('http://127.0.0.1:9', 'rgk_x')({ method: 'GET', path: '/coupons' })).rejects.toThrow(
    /^The Refgrow API at http:\/\/127.0.0.1:9\/api\/v1 does not answer \(.+\); is the server running\?$/,
  )
  expect(() => apiOver('localhost:3000', 'rgk_x')).toThrow(
    'REFGROW_API_URL is wrong: expected an address such as http://localhost:3000/api/v1, got "localhost:3000"',
  )
})

test("a why-trail is told in the API's sentences", async () => {
  const explanation = ['Affiliate 7 was credited, by the coupon.', 'It earned 50.00 USD.']
  const client = await connect(() => Promise.resolve({ status: 200, body: { success: true, data: { explanation } } }))
  expect(await callTool(client, 'explain_conversion', { id: 12 })).toMatchObject({
    isError: false,
    text: 'Conversion 12:\nAffiliate 7 was credited, by the coupon.\nIt earned 50.00 USD.',
  })
})
