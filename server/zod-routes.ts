/**
 * Fastify routes whose schemas are zod: validated on the way in, serialized on the way out, described in /openapi.json.
 * Every route of /api/v1 has a name, a sentence and a chapter: `schema: { operationId, summary, tags: ['Coupons'], ... }`.
 */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'

declare module 'fastify' {
  interface FastifySchema {
    /** A verb and a noun, once in the whole document: `listCoupons`, `createCoupon`, `getCoupon`. */
    operationId?: string
    /** A few words: `List coupons`. */
    summary?: string
    /** What the summary does not say, in sentences. */
    description?: string
    /** The chapter, one: `['Coupons']`. */
    tags?: readonly string[]
  }
}

export const zodRoutes = (app: FastifyInstance) => app.withTypeProvider<ZodTypeProvider>()
