/** What REST v1 is compared with: fastify as it comes, which answers bodies of the same size from memory. */
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'

const { list, one, create } = JSON.parse(readFileSync(process.env['BODIES'] ?? '', 'utf8')) as Record<string, object>

const app = Fastify()
app.get('/api/v1/affiliates', () => Promise.resolve(list))
app.get('/api/v1/affiliates/:email', () => Promise.resolve(one))
app.post('/api/v1/conversions', (_request, reply) => reply.code(201).send(create))
process.on('SIGTERM', () => process.exit(0))
process.stdout.write(`Server listening at ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
