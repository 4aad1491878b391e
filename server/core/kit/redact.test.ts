import { describe, expect, test } from 'vitest'
import { type Person, redactPayload, redactText } from './redact.ts'

const person: Person = {
  addresses: ['Ann+shop@Example.com', 'ann+shop@example.com'],
  customer_ids: ['cus_7', '12'],
  instead: 'deleted-referral-7@deleted.invalid',
}
const GONE = 'deleted-referral-7@deleted.invalid'

test.each([
  'ann+shop@example.com',
  'ANN+Shop@example.COM',
  'ann%2Bshop%40example.com',
  'ann%2bshop%40example%2ecom',
  'ann%252Bshop%2540example.com',
  'ann+shop\\u0040example.com',
  'ann+shop\\\\u0040example.com',
  'ann+shop&#64;example.com',
  'ann+shop&#x40;example.com',
  '\\u0061\\u006en+shop@example.com',
])('%s is the address', (spelling) => {
  for (const [before, after] of [
    ['', ''],
    ['mailto:', ''],
    ['<', '>'],
    ['https://shop.test/?email=', '&a=b'],
    ['email%3D', '%26'],
    ['Written to ', '.'],
    ['"', '"'],
  ] as const)
    expect(redactText(`${before}${spelling}${after}`, person)).toBe(`${before}${GONE}${after}`)
})

test.each([
  'joann+shop@example.com',
  'x.ann+shop@example.com',
  'ann+shop@example.com.au',
  'ann+shop@example.community',
  'ann+shop@example-com',
  'annXshop@example.com',
  'ann@example.com',
])('%s is somebody else', (text) => {
  expect(redactText(`Written to ${text}, yesterday`, person)).toBeUndefined()
})

describe('a payload', () => {
  test('keeps its shape, amounts, ids and times; what is about the person goes', () => {
    const event = {
      id: 'evt_1',
      created: 1795275412,
      data: {
        object: {
          id: 'cs_1',
          amount_total: 5000,
          customer: 'cus_7',
          customer_details: {
            email: 'ann+shop@example.com',
            name: 'Ann Shop',
            phone: '+491234',
            address: { line1: 'High Street 1', city: 'Leeds', postal_code: 'LS1', country: 'GB' },
            tax_ids: [{ type: 'eu_vat', value: 'DE1' }],
          },
          customer_name: 'Ann Shop',
          metadata: { referral_code: 'BEN', 'ann+shop@example.com': 'yes' },
          hosted_invoice_url: 'https://pay.example/secret',
          lines: {
            data: [{ description: 'A pen', price: { product: { name: 'Pen' } }, url: '/?e=ann%2Bshop%40example.com' }],
          },
          status: 'paid',
        },
      },
    }
    expect(JSON.parse(redactPayload(JSON.stringify(event), person) ?? '')).toEqual({
      id: 'evt_1',
      created: 1795275412,
      data: {
        object: {
          id: 'cs_1',
          amount_total: 5000,
          customer: 'cus_7',
          customer_details: {
            email: GONE,
            name: 'erased',
            phone: 'erased',
            address: { line1: 'erased', city: 'erased', postal_code: 'erased', country: 'GB' },
            tax_ids: [],
          },
          customer_name: 'erased',
          metadata: { referral_code: 'BEN', [GONE]: 'yes' },
          hosted_invoice_url: 'erased',
          lines: { data: [{ description: 'A pen', price: { product: { name: 'Pen' } }, url: `/?e=${GONE}` }] },
          status: 'paid',
        },
      },
    })
  })

  test('is read into the JSON inside its strings, however deep', () => {
    const inner = JSON.stringify({ email: 'ann+shop@example.com', name: 'Ann', n: 1 }).replace('@', '\\u0040')
    const middle = JSON.stringify({ inner, list: ['ann+shop@example.com'] })
    const clean = JSON.parse(redactPayload(JSON.stringify({ middle }), person) ?? '') as { middle: string }
    const opened = JSON.parse(clean.middle) as { inner: string; list: string[] }
    expect(opened.list).toEqual([GONE])
    expect(JSON.parse(opened.inner)).toEqual({ email: GONE, name: 'erased', n: 1 })
  })

  test('is theirs by the provider’s id of them, even without an address', () => {
    for (const data of [
      { customer_id: 'cus_7', payments: [{ cardholder_name: 'ANN SHOP', amount: '50' }] },
      { customer_id: 12, payments: [{ cardholder_name: 'ANN SHOP', amount: '50' }] },
    ])
      expect(JSON.parse(redactPayload(JSON.stringify({ data }), person) ?? '')).toEqual({
        data: { ...data, payments: [{ cardholder_name: 'erased', amount: '50' }] },
      })
    // The same number as something else names nobody.
    expect(redactPayload('{"quantity":12,"customer_id":13,"customer_name":"Bob"}', person)).toBeUndefined()
  })

  test('keeps numbers as they were written, and is left alone when it is about somebody else', () => {
    const text = '{"big":12345678901234567890,"price":10.50,"email":"ann+shop@example.com"}'
    expect(redactPayload(text, person)).toBe(`{"big":12345678901234567890,"price":10.50,"email":"${GONE}"}`)
    expect(redactPayload('{"email":"bob@example.com","name":"Bob"}', person)).toBeUndefined()
    expect(redactPayload('not JSON about ann+shop@example.com', person)).toBe(`not JSON about ${GONE}`)
  })
})
