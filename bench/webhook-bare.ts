/** What the webhook is compared with: fastify that takes the same body and answers. */
import Fastify from 'fastify'

const app = Fastify()
app.post('/webhook/stripe/:projectId', () => ({ success: true, data: { status: 'processed' } }))
const url = await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) })
process.stdout.write(`Server listening at ${url}\n`)
