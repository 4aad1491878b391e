/**
 * The OpenAPI 3.1 document of REST v1, generated from the zod schemas its routes validate with.
 *
 * Written here, not by @fastify/swagger with fastify-type-provider-zod's transform: of our 62 operations that document
 * (9.9.3, compared one by one) leaves out what no route declares by itself. A client author would miss
 * - every refusal and failure with its code (400, 401, 403, 404, 409, 413, 414, 415, 429, 500, 503),
 * - the rate limits' headers, `Retry-After`, `Idempotency-Key` on each POST, and `Idempotent-Replayed`,
 * - the examples: of all bodies and answers, and those in our schemas, which zod drops around lenient fields,
 * - the 204 of a DELETE, and what a status means ("Default Response" everywhere);
 * and would get 2^53 - 1 as a bound, and patterns of a line beside the format that says the same. Its hooks could put all of
 * it back, by nearly all the code below: what it would save is finding the routes, the few lines of `collectRoutes`.
 */
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { z } from 'zod'
import { type JsonSchema, jsonSchema } from './json-schema.ts'
import { ErrorAnswer, errors, ERRORS, header, HEADERS, LIMIT_HEADERS } from './openapi-answers.ts'
import type { Content, OpenApi, Operation, Parameter } from './openapi-document.ts'
import { webhooks } from './openapi-webhooks.ts'
import { sampleOf } from './sample.ts'

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
    webhooks: webhooks(),
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
