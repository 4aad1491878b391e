import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { withProgramme } from '../test/programme.ts'
import type { OpenApi, Operation } from './openapi.ts'

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

withProgramme('/docs/api shows every operation and loads nothing', async ({ app }) => {
  const document = (await app.inject({ url: '/openapi.json' })).json<OpenApi>()
  const page = await app.inject({ url: '/docs/api' })
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  })
  for (const [, { operationId }] of operationsOf(document)) expect(page.body).toContain(`<article id="${operationId}">`)
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
