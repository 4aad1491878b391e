/** The load, in a process of its own: keep-alive connections that post one signed invoice.paid after another. */
import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { invoicePaid } from '../server/test/stripe-events.ts'

interface WebhookLoad {
  url: string
  connections: number
  ms: number
  codes: string[]
  secret: string
}

const { url, connections, ms, codes, secret } = JSON.parse(process.argv[2] ?? '{}') as WebhookLoad
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const run = Math.random().toString(36).slice(2, 8)
const started = performance.now()
let requests = 0
let failures = 0

await Promise.all(Array.from({ length: connections }, sender))
process.stdout.write(JSON.stringify({ requests, failures, ms: performance.now() - started }))
process.exit(0)

async function sender(): Promise<void> {
  while (performance.now() - started < ms) {
    requests += 1
    if ((await send(body(requests))) !== 200) failures += 1
  }
}

function body(n: number): string {
  const metadata = { referral_code: codes[n % codes.length] ?? '' }
  const invoice = invoicePaid({
    id: `in_${run}_${n}`,
    total: 4900,
    reason: 'subscription_create',
    email: `${run}${n}@example.com`,
    customer: `cus_${run}_${n}`,
    subscription: `sub_${run}_${n}`,
    metadata,
  })
  return JSON.stringify(invoice)
}

function send(payload: string): Promise<number> {
  const time = Math.floor(Date.now() / 1000)
  const signature = createHmac('sha256', secret).update(`${time}.${payload}`).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(payload),
    'stripe-signature': `t=${time},v1=${signature}`,
  }
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
      .on('error', reject)
      .end(payload)
  })
}
