/** Banners and texts: what is taken, how it is served, and that nobody else's can be had. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { imageKindOf } from '../core/dashboard/image.ts'
import { MOST_IMAGE_BYTES } from '../core/dashboard/material.ts'
import { hashFor, withProgramme } from '../test/programme.ts'
import { refusal, restOf } from '../test/rest.ts'

/** One red pixel each, as common programs write them. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
)
const GIF = Buffer.from('R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64')
const WEBP = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', 'base64')

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))

/** Only what says the size. */
const JPEG = bytes(
  [0xff, 0xd8],
  // A comment that looks like a frame, then a table, then the frame: 300 x 250.
  [0xff, 0xfe, 0, 6, 0xff, 0xc0, 9, 9],
  [0xff, 0xc4, 0, 3, 0],
  [0xff, 0xff, 0xc2, 0, 11, 8, 0, 250, 1, 44, 1, 1, 0x11, 0],
)
const AVIF = bytes(
  [0, 0, 0, 24],
  'ftypavif',
  [0, 0, 0, 0],
  'mif1avif',
  [0, 0, 0, 20],
  'ispe',
  [0, 0, 0, 0],
  [0, 0, 2, 216],
  [0, 0, 0, 90],
)
const WEBP_LOSSLESS = bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8L', [0, 0, 0, 0], [0x2f, 0xd7, 0x42, 0x16, 0])
const WEBP_EXTENDED = bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0], [0, 0, 0, 0], [0xd7, 2, 0], [0x59, 0, 0])

describe('an image is what its bytes say', () => {
  test.each([
    ['PNG', PNG, 'image/png', 1, 1],
    ['GIF', GIF, 'image/gif', 1, 1],
    ['WebP', WEBP, 'image/webp', 1, 1],
    ['lossless WebP', WEBP_LOSSLESS, 'image/webp', 728, 90],
    ['extended WebP', WEBP_EXTENDED, 'image/webp', 728, 90],
    ['JPEG', JPEG, 'image/jpeg', 300, 250],
    ['AVIF', AVIF, 'image/avif', 728, 90],
  ])('%s', (_, image, content_type, width, height) => {
    expect(imageKindOf(image)).toEqual({ content_type, width, height })
    // Cut off anywhere before its size it is none, and breaks nothing.
    for (let length = 0; length < 10; length++) expect(imageKindOf(image.subarray(0, length))).toBeNull()
    for (let length = 10; length < image.length; length++)
      expect([null, content_type]).toContain(imageKindOf(image.subarray(0, length))?.content_type ?? null)
  })

  test('anything else is none', () => {
    for (const text of [
      '',
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      '<!doctype html>',
      '\x89PNG\r\n\x1a\n',
      'GIF89a',
    ])
      expect(imageKindOf(Buffer.from(text, 'latin1'))).toBeNull()
    expect(imageKindOf(Buffer.concat([PNG.subarray(0, 16), Buffer.alloc(8)]))).toBeNull()
  })
})

withProgramme('materials are made, listed in their order, shown to affiliates and deleted', async (programme) => {
  const { get, post, del } = restOf(programme)
  const banner = await post('materials', { kind: 'banner', title: 'Dot', image: PNG.toString('base64'), width: 8 })
  const hash = createHash('sha256').update(PNG).digest('hex').slice(0, 16)
  const url = `http://localhost:3000/materials/1/${hash}`
  const made = {
    id: 1,
    kind: 'banner',
    title: 'Dot',
    text: null,
    url,
    width: 8,
    height: 1,
    position: 1,
    created_at: '2026-11-20T12:00:00.000Z',
  }
  expect([banner.status, banner.body.data]).toEqual([201, made])
  const text = 'I use it every day: {{link}}'
  await post('materials', { kind: 'text', title: 'Post', text })
  const elsewhere = { kind: 'banner', title: 'Wide', url: 'https://cdn.test/wide.png', width: 728, height: 90 }
  expect((await post('materials', { ...elsewhere, position: 0 })).body.data).toMatchObject({ ...elsewhere, id: 3 })
  const { data, pagination } = (await get('materials?limit=2&offset=1')).body
  expect([data.map(({ id }: { id: number }) => id), pagination]).toEqual([
    [1, 2],
    { limit: 2, offset: 1, total: 3, has_more: false },
  ])

  const ask = { project_id: programme.projectId, email: 'ann@example.com', hash: hashFor('ann@example.com') }
  expect((await programme.post('/api/widget/dashboard', ask)).body.data.program.materials).toEqual([
    { id: 3, ...elsewhere },
    { id: 1, kind: 'banner', title: 'Dot', url, width: 8, height: 1 },
    { id: 2, kind: 'text', title: 'Post', text },
  ])

  const path = new URL(url).pathname
  const served = await programme.app.inject({ url: path })
  expect([served.statusCode, served.rawPayload]).toEqual([200, PNG])
  expect(served.headers).toMatchObject({
    'content-type': 'image/png',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
    etag: `"${hash}"`,
  })
  const again = await programme.app.inject({ url: path, headers: { 'if-none-match': `"${hash}"` } })
  expect([again.statusCode, again.body]).toEqual([304, ''])

  expect((await del('materials/1')).status).toBe(204)
  expect(await del('materials/1')).toMatchObject(refusal(404, 'material_not_found', 'Material not found'))
  for (const gone of [
    path,
    `/materials/2/${hash}`,
    '/materials/3/0123456789abcdef',
    '/materials/x/y',
    '/materials/1/..',
  ])
    expect([gone, (await programme.app.inject({ url: gone })).statusCode]).toEqual([gone, 404])
})

withProgramme('what is no image, too large or incomplete is refused with the name of its field', async (programme) => {
  const { post, get } = restOf(programme)
  const base64 = (content: string | Buffer) => Buffer.from(content).toString('base64')
  const banner = { kind: 'banner', title: 'A' }
  const wrong: [object, RegExp][] = [
    [{ kind: 'video', title: 'A' }, /^kind: expected banner or text/],
    [{ kind: 'text', title: ' ', text: 'x' }, /^title: expected a title/],
    [{ kind: 'text', title: 'A' }, /^text: expected the text/],
    [banner, /^image: expected an image in base64, or url/],
    [{ ...banner, image: 'not base64!' }, /^image: expected base64/],
    [{ ...banner, image: base64('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>') }, /^image: expected a PNG/],
    [{ ...banner, image: `data:image/png;base64,${base64('<script>alert(1)</script>')}` }, /^image: expected a PNG/],
    [
      { ...banner, image: base64(Buffer.concat([PNG, Buffer.alloc(MOST_IMAGE_BYTES)])) },
      /^image: expected at most 512 KB/,
    ],
    [{ ...banner, url: 'https://cdn.test/a.png', width: 10 }, /^width: expected width and height/],
    [{ ...banner, url: 'javascript:alert(1)', width: 1, height: 1 }, /^url: expected an address/],
    [{ ...banner, image: base64(PNG), width: 0 }, /^width: expected at least 1/],
  ]
  for (const [body, error] of wrong)
    expect(await post('materials', body)).toMatchObject(refusal(400, 'invalid_request', expect.stringMatching(error)))
  expect((await get('materials')).body.pagination.total).toBe(0)
  const largest = Buffer.concat([PNG, Buffer.alloc(MOST_IMAGE_BYTES - PNG.length)])
  expect((await post('materials', { ...banner, image: `data:image/png;base64,${base64(largest)}` })).status).toBe(201)
})

withProgramme("another project's materials are not found", async (programme) => {
  const { post } = restOf(programme)
  await post('materials', { kind: 'banner', title: 'Ours', image: PNG.toString('base64') })
  const { apiKey, projectId } = await programme.addProject('Other')
  const other = restOf(programme, apiKey)
  expect((await other.get('materials')).body.data).toEqual([])
  expect((await other.del('materials/1')).status).toBe(404)
  const { body } = await programme.post('/api/widget/dashboard', { project_id: projectId })
  expect(body.data.program.materials).toEqual([])
  expect((await restOf(programme).get('materials')).body.pagination.total).toBe(1)
})
