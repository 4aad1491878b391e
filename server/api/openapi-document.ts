/** The parts of an OpenAPI 3.1 document that ours has. */
import type { JsonSchema } from './json-schema.ts'

export interface OpenApi {
  openapi: '3.1.0'
  info: { title: string; version: string; description: string }
  servers: { url: string }[]
  security: object[]
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  /** By the event's name: what we send, and what we expect to be answered. */
  webhooks: Record<string, { post: Operation }>
  components: Record<'schemas' | 'headers' | 'responses' | 'securitySchemes', Record<string, unknown>>
}

export interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: readonly string[]
  /** `[]`: no API key. */
  security?: []
  parameters: Parameter[]
  requestBody?: { required: true; content: Content }
  responses: Record<string, Answer>
}

export interface Answer {
  description?: string
  headers?: object
  content?: Content
  $ref?: string
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: JsonSchema
}

export type Content = Record<'application/json', { schema: JsonSchema; example?: unknown }>
