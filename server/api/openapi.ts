/** The OpenAPI 3.1 document of REST v1, generated from the zod schemas its routes validate with. */
import type { FastifyInstance, RouteOptions } from 'fastify'
import { z } from 'zod'
import { sampleOf } from './sample.ts'

export interface OpenApi {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string }
  servers: { url: string }[]
  security: object[]
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: Record<'schemas' | 'headers' | 'responses' | 'securitySchemes', Record<string, unknown>>
}

export interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: readonly string[]
  parameters: Parameter[]
  requestBody?: { required: true; content: Content }
  responses: Record<string, { description?: string; headers?: object; content?: Content; $ref?: string }>
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: JsonSchema
}

type Content = Record<'application/json', { schema: JsonSchema; example?: unknown }>
export type JsonSchema = { [name: string]: unknown }

/** Remembers the routes below `prefix` as they are registered: call it before them. */
export function collectRoutes(app: FastifyInstance, prefix: string): RouteOptions[] {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(prefix) && route.method !== 'HEAD') routes.push(route)
  })
  return routes
}

export function openApiOf(routes: RouteOptions[], { version, url }: { version: string; url: string }): OpenApi {
  const schemas: Record<string, unknown> = { Error: jsonSchema(ErrorAnswer, 'output', {}) }
  const paths: OpenApi['paths'] = {}
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, '{$1}')
    for (const method of [route.method].flat())
      (paths[path] ??= {})[method.toLowerCase()] = operationOf(route, method, schemas)
  }
  const tags = new Set(
    Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ tags = [] }) => tags)),
  )
  return {
    openapi: '3.1.0',
    info: { title: 'Refgrow API', version, description: ABOUT },
    servers: [{ url }],
    security: [{ apiKey: [] }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: { schemas, headers: HEADERS, responses: ERRORS, securitySchemes: SECURITY },
  }
}

function operationOf({ schema = {}, url }: RouteOptions, method: string, schemas: Record<string, unknown>): Operation {
  const { operationId, summary, description, tags } = schema
  const body = schema.body as z.ZodType | undefined
  const parameters = [
    ...parametersIn('path', schema.params, schemas),
    ...parametersIn('query', schema.querystring, schemas),
    ...(method === 'POST' ? [IDEMPOTENCY_KEY] : []),
  ]
  return {
    ...(operationId && { operationId }),
    ...(summary && { summary }),
    ...(description && { description }),
    ...(tags && { tags }),
    parameters,
    ...(body && { requestBody: { required: true as const, content: json(jsonSchema(body, 'input', schemas)) } }),
    responses: {
      ...successesOf(schema.response as Record<string, z.ZodType> | undefined, method, schemas),
      ...errors(400, 401, 403),
      ...(url.includes(':') || body ? errors(404) : {}),
      ...(body || method === 'POST' ? errors(409) : {}),
      ...(body ? errors(413, 415) : {}),
      ...(url.includes(':') ? errors(414) : {}),
      ...errors(429, 500, 503),
    },
  }
}

function parametersIn(where: 'path' | 'query', schema: unknown, schemas: Record<string, unknown>): Parameter[] {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema as z.ZodType, 'input', schemas) as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(typeof description === 'string' && { description }),
    schema: rest,
  }))
}

/** What the route declares; a DELETE that declares nothing answers 204. */
function successesOf(
  responses: Record<string, z.ZodType> | undefined,
  method: string,
  schemas: Record<string, unknown>,
): Operation['responses'] {
  const declared = Object.entries(responses ?? { [method === 'DELETE' ? 204 : 200]: undefined })
  return Object.fromEntries(
    declared.map(([status, schema]) => [
      status,
      {
        description: DESCRIPTIONS[status] ?? 'As asked',
        headers: {
          ...LIMIT_HEADERS,
          ...(method === 'POST' && { 'Idempotent-Replayed': header('Idempotent-Replayed') }),
        },
        ...(schema && status !== '204' && { content: json(jsonSchema(schema, 'output', schemas)) }),
      },
    ]),
  )
}

const json = (schema: JsonSchema): Content => ({ 'application/json': { schema, example: sampleOf(schema) } })

/** Schemas with an id of their own (`.meta({ id })`) go to `schemas`, where all may refer to them. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, unknown>): JsonSchema {
  const {
    $schema: _,
    $defs,
    ...own
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // zod drops the examples of whatever holds a lenient field; ours are of the input.
      const { examples } = z.globalRegistry.get(zodSchema) ?? {}
      if (examples) jsonSchema.examples = examples as never
      // The format says it; the pattern is a line long and nobody reads it.
      if (jsonSchema.format) delete jsonSchema.pattern
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    },
  })
  const rename = (part: unknown) => JSON.parse(JSON.stringify(part).replaceAll('#/$defs/', '#/components/schemas/'))
  for (const [name, definition] of Object.entries($defs ?? {})) schemas[name] = rename(definition)
  return rename(own)
}

const ErrorAnswer = z.object({
  success: z.literal(false),
  error: z.string().describe('A sentence for people; it names the field and what was expected'),
  code: z.string().describe('A name for programs, such as affiliate_not_found'),
})

const ABOUT = `Lists take \`limit\` (at most 500) and \`offset\`. Unknown fields are ignored, wrong ones are refused. A POST with an
\`Idempotency-Key\` is executed once; its answer is given again for 24 hours.`

const DESCRIPTIONS: Record<string, string> = {
  200: 'As asked',
  201: 'Created',
  202: 'Accepted',
  204: 'Done; no body',
}

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Repeat a request with the same key and body, and it is executed once',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
}

const SECURITY = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `rgk_...`; GET needs its scope read, the rest write',
  },
}

const wholeNumber = (description: string) => ({ description, schema: { type: 'integer' } })
const HEADERS = {
  'X-RateLimit-Limit': wholeNumber('Requests in the tightest window'),
  'X-RateLimit-Remaining': wholeNumber('Requests left in it'),
  'X-RateLimit-Reset': wholeNumber('When it begins anew, Unix seconds'),
  'Retry-After': wholeNumber('Seconds until the next request is answered'),
  'Idempotent-Replayed': { description: 'This answer was given before', schema: { const: 'true' } },
}
const header = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` })
const LIMIT_HEADERS = Object.fromEntries(
  (['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'] as const).map((name) => [name, header(name)]),
)

/** By status: its name in the components, what it says, and codes it may carry. */
const FAILURES: Record<number, [name: string, description: string, code: string, example: string]> = {
  400: ['BadRequest', 'A field is wrong', 'invalid_request', 'limit: expected at least 1'],
  401: ['Unauthorized', 'No API key, or one that opens nothing', 'unauthorized', 'Invalid or revoked API key'],
  403: ['Forbidden', 'The key lacks a scope', 'forbidden', 'This API key lacks the scope "write"'],
  404: ['NotFound', 'Not in this project', 'affiliate_not_found', 'Affiliate not found'],
  409: ['Conflict', 'It exists, or its state forbids it', 'code_taken', 'The referral code ANN already exists'],
  413: ['TooLarge', 'The body is too large', 'body_too_large', 'The body is too large'],
  414: [
    'UrlTooLong',
    'A part of the path is too long',
    'invalid_request',
    'url: expected parts of at most 1024 characters',
  ],
  415: ['MediaType', 'The body is no JSON', 'invalid_request', 'content-type: expected application/json'],
  429: ['TooManyRequests', 'A rate limit is reached', 'rate_limited', 'Too many requests; try again in 30 seconds'],
  500: [
    'OurFault',
    'Something went wrong on our side',
    'internal',
    'Something went wrong on our side; the log says what',
  ],
  503: [
    'Unavailable',
    'The database is away, read-only, full or busy',
    'database_unavailable',
    'The database cannot be reached; try again in 5 seconds',
  ],
}

/** These say when to try again. */
const RETRIED = new Set(['429', '503'])

const errors = (...statuses: number[]) =>
  Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${FAILURES[status]?.[0]}` }]))

const ERRORS = Object.fromEntries(
  Object.entries(FAILURES).map(([status, [name, description, code, error]]) => [
    name,
    {
      description,
      headers: { ...LIMIT_HEADERS, ...(RETRIED.has(status) && { 'Retry-After': header('Retry-After') }) },
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Error' },
          example: { success: false, error, code },
        },
      },
    },
  ]),
)
