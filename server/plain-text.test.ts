import { expect } from 'vitest'
import { withProgramme } from './test/programme.ts'

withProgramme('what no database can keep is refused by the name of its field', async ({ app, apiKey, get }) => {
  const create = async (payload: string) => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/affiliates',
      payload,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    })
    return [response.statusCode, response.json().error]
  }
  expect(await create('{"email":"ann@example.com","tags":[{"name":"a\\u0000b"}]}')).toEqual([
    400,
    'tags.0.name: expected text without NUL characters',
  ])
  expect(await create('{"a\\u0000b":1}')).toEqual([400, 'body: expected names without NUL characters'])
  expect(await create(`{"email":"ann@example.com","tags":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toEqual([
    400,
    'tags: expected at most 32 levels of nesting',
  ])
  expect(await create('{"email":')).toEqual([400, 'body: expected valid JSON'])
  expect(await create('')).toEqual([400, 'body: expected object, got nothing'])
  expect((await get('/api/v1/conversions?type=a%00b')).body).toEqual({
    success: false,
    code: 'invalid_request',
    error: 'type: expected text without NUL characters',
  })
  expect(await get('/api/v1/affiliates/%ff')).toMatchObject({
    status: 400,
    body: { success: false, code: 'invalid_request', error: 'url: expected percent-encoded UTF-8' },
  })
})

withProgramme(
  'a tracker that reports a NUL gets a 400 on both databases or is taken, never a 500',
  async ({ post, projectId }) => {
    const report = { project_id: projectId, type: 'sign\0up', email: 'ann@example.com' }
    expect([202, 400]).toContain((await post('/api/track/event', report)).status)
  },
)

withProgramme('every refusal names the field, what was expected and what came', async ({ app, apiKey }) => {
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/affiliates',
    payload: '{"email": 5, "referral_code": ["A"]}',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
  })
  const { error, ...rest } = response.json()
  expect([response.statusCode, rest]).toEqual([400, { success: false, code: 'invalid_request' }])
  expect(error.split('; ').sort()).toEqual([
    'email: expected an email address such as ann@example.com',
    'referral_code: expected 1 to 64 letters, digits, hyphens or underscores',
  ])
})
