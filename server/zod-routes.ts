/** Fastify routes whose schemas are zod: validated on the way in, serialized on the way out. */
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'

export const zodRoutes = (app: FastifyInstance) => app.withTypeProvider<ZodTypeProvider>()
