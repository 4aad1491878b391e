import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { z } from 'zod'
import { WEBHOOK_EVENTS } from '../core/news/feed.ts'
import { withPayoutPreferences } from '../jobs/payout-preferences.ts'
import { checkout, type Programme, withProgramme } from '../test/programme.ts'
import type { OpenApi, Operation } from './openapi-document.ts'

const operationsOf = ({ paths }: OpenApi): [string, Operation][] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )

describe('/openapi.json', () => {
  withProgramme('names, describes and groups every operation once, with what it answers', async ({ app }) => {
    const response = await app.inject({ url: '/openapi.json' })
    expect(response.headers).toMatchObject({
      'content-type': expect.stringContaining('json'),
      'access-control-allow-origin': '*',
    })
    const document = response.json<OpenApi>()
    expect(document.openapi).toBe('3.1.0')
    const operations = operationsOf(document)
    expect(operations.length).toBeGreaterThan(4)
    const problems = operations.flatMap(([route, { operationId, summary, tags, responses }]) => [
      ...(/^[a-z]+[A-Z]\w+$/.test(operationId ?? '') ? [] : [`${route} needs schema.operationId, such as listCoupons`]),
      ...(/^[A-Z].+[^.]$/.test(summary ?? '')
        ? []
        : [`${route} needs schema.summary, a few words without a full stop`]),
      ...(tags?.length === 1 ? [] : [`${route} needs schema.tags with one chapter`]),
      ...(Object.keys(responses).some((status) => status.startsWith('2')) ? [] : [`${route} answers nothing`]),
      ...(responses['200'] && !responses['200'].content ? [`${route} needs schema.response`] : []),
    ])
    expect(problems).toEqual([])
    const names = operations.map(([, { operationId }]) => operationId)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    const list = document.paths['/api/v1/affiliates']?.['get']
    expect(list?.parameters.map(({ name, in: where, required }) => [name, where, required])).toEqual(
      expect.arrayContaining([
        ['limit', 'query', false],
        ['offset', 'query', false],
      ]),
    )
    expect(Object.keys(list?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '429', '500']),
    )
    for (const reference of JSON.stringify(document).match(/#\/components\/[\w/-]+/g) ?? []) {
      const [, , kind, name] = reference.split('/')
      expect(document.components[kind as 'schemas']?.[name ?? '']).toBeDefined()
    }
  })
})

describe('its webhooks', () => {
  withProgramme(
    'are every event that can be subscribed to, each with a payload and an example of it',
    async ({ app }) => {
      const document = (await app.inject({ url: '/openapi.json' })).json<OpenApi>()
      expect(Object.keys(document.webhooks).toSorted()).toEqual(WEBHOOK_EVENTS.toSorted())
      const operations = operationsOf(document).map(([, { operationId }]) => operationId)
      for (const [event, { post }] of Object.entries(document.webhooks)) {
        const { schema, example } = contentOf(post)
        const payload = z.fromJSONSchema(schema)
        expect(payload.parse(example)).toMatchObject({ event })
        expect(payload.safeParse({ ...(example as object), unknown: 1 }).success).toBe(false)
        expect(post).toMatchObject({ summary: expect.any(String), description: expect.any(String), security: [] })
        expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['2XX', '410', 'default']))
        expect(operations).not.toContain(post.operationId)
      }
    },
  )

  withProgramme('say of every field what is sent, and of none what is not', async (programme) => {
    const document = (await programme.app.inject({ url: '/openapi.json' })).json<OpenApi>()
    await happenAll(programme)
    const { data } = (await programme.call('GET', '/events')).body as { data: { type: string; payload: object }[] }
    const told = data.filter(({ type }) => type in document.webhooks)
    expect(new Set(told.map(({ type }) => type))).toEqual(new Set(WEBHOOK_EVENTS))
    const problems = told.flatMap(({ type, payload }) => {
      const { schema } = contentOf(document.webhooks[type]?.post)
      const { error } = z.fromJSONSchema(schema).safeParse(payload)
      return error ? [{ type, payload, issues: error.issues }] : []
    })
    expect(problems).toEqual([])
  })

  withProgramme('say what only a test has, and what is added when it is sent', async (programme) => {
    const document = (await programme.app.inject({ url: '/openapi.json' })).json<OpenApi>()
    const made = await programme.call('POST', '/webhooks', {
      url: 'https://nowhere.invalid/hook',
      events: WEBHOOK_EVENTS,
    })
    await programme.addAffiliate('ANN')
    await programme.call('PUT', '/affiliates/1', { payout_method: 'wise', wise_email: 'ann@wise.example' })
    for (const event of WEBHOOK_EVENTS) {
      const { body } = await programme.call('POST', `/webhooks/${made.body.data.id}/test`, { event })
      const { schema } = contentOf(document.webhooks[event]?.post)
      const sent = JSON.parse(body.data.request_body) as { referrer: object }
      expect(z.fromJSONSchema(schema).parse(sent)).toMatchObject({ event, test: true })
      const ofAnn = JSON.stringify({ ...sent, referrer: { ...sent.referrer, id: '1' } })
      const claim = { delivery: { project_id: programme.projectId, body: ofAnn } }
      const { delivery } = await withPayoutPreferences(programme, claim as never)
      expect(z.fromJSONSchema(schema).parse(JSON.parse(delivery.body))).toMatchObject({
        referrer: { payout_preferences: { paypal_email: null, wise_details: { email: 'ann@wise.example' } } },
      })
    }
  })
})

/** A signup, a purchase, a change of it and its end; and a purchase of nobody's, without an email. */
async function happenAll(programme: Programme): Promise<void> {
  await programme.addAffiliate('ANN')
  await programme.report({ referral_code: 'ANN', type: 'signup', email: 'buyer@example.com' })
  await programme.call('POST', '/conversions', { type: 'signup', email: 'new@example.com', referral_code: 'ANN' })
  await programme.deliver(checkout({ id: 'one', amount: 5000, code: 'ANN' }))
  await programme.call('POST', '/conversions', { base_value: 12.5, affiliate_id: 1 })
  await programme.call('POST', '/conversions', { value: 5, referral_code: 'ANN', reference: 'ORDER-1' })
  const { data } = (await programme.call('GET', '/conversions?type=purchase')).body as { data: { id: number }[] }
  expect(data).toHaveLength(3)
  for (const { id } of data) {
    await programme.call('PUT', `/conversions/${id}`, { base_value: 40 })
    await programme.call('PUT', `/conversions/${id}`, { status: 'denied', status_reason: 'twice' })
  }
}

function contentOf(operation: Operation | undefined): { schema: z.core.JSONSchema.JSONSchema; example: unknown } {
  const content = operation?.requestBody?.content['application/json']
  if (!content) throw new Error('no body is described')
  return { schema: content.schema, example: content.example }
}

withProgramme('/docs/api shows every operation and every event, and loads nothing', async ({ app }) => {
  const document = (await app.inject({ url: '/openapi.json' })).json<OpenApi>()
  const page = await app.inject({ url: '/docs/api' })
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  })
  for (const [, { operationId }] of operationsOf(document)) expect(page.body).toContain(`<article id="${operationId}">`)
  for (const [event, { post }] of Object.entries(document.webhooks)) {
    expect(page.body).toContain(`<article id="${post.operationId}">`)
    expect(page.body).toContain(`<code>${event}</code>`)
  }
  expect(page.body).not.toMatch(/<script|<link|<img|@import|url\(/)
})

withProgramme(
  'the reference and its document are sent compressed, and not again while they are the same',
  async ({ app }) => {
    for (const url of ['/openapi.json', '/docs/api']) {
      const plain = await app.inject({ url })
      for (const [encoding, decode] of [
        ['br', brotliDecompressSync],
        ['gzip', gunzipSync],
      ] as const) {
        const { headers, rawPayload } = await app.inject({ url, headers: { 'accept-encoding': encoding } })
        expect([headers['content-encoding'], headers['vary'], headers['cache-control']]).toEqual([
          encoding,
          'accept-encoding',
          'no-cache',
        ])
        expect(decode(rawPayload).equals(plain.rawPayload)).toBe(true)
        expect(rawPayload.length).toBeLessThan(plain.rawPayload.length / 5)
        const again = await app.inject({
          url,
          headers: { 'accept-encoding': encoding, 'if-none-match': String(headers.etag) },
        })
        expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0])
      }
    }
  },
)
