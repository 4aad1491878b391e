/**
 * The load, in a process of its own: keep-alive connections that ask one thing after another for a while.
 * Started by bench/api.ts with one JSON argument; prints one JSON line { requests, failures, ms }.
 */
import { connect } from 'node:net'

export interface ApiLoad {
  url: string
  apiKey: string
  /** How many affiliates there are to ask for and to sell for. */
  affiliates: number
  kind: 'list' | 'one' | 'create'
  connections: number
  ms: number
}

const { url, apiKey, affiliates, kind, connections, ms } = JSON.parse(process.argv[2] ?? '{}') as ApiLoad
const { hostname, port } = new URL(url)
const run = Math.random().toString(36).slice(2, 10)
const started = performance.now()
const end = started + ms
let requests = 0
let failures = 0

await Promise.all(Array.from({ length: connections }, caller))
process.stdout.write(`${JSON.stringify({ requests, failures, ms: performance.now() - started })}\n`)

/** Raw sockets: a full HTTP client would cost more than the servers it is to measure. */
function caller(): Promise<void> {
  const socket = connect(Number(port), hostname).setNoDelay(true)
  const wanted = kind === 'create' ? 'HTTP/1.1 201' : 'HTTP/1.1 200'
  let chunks: string[] = []
  let missing = -1
  return new Promise((resolve, reject) => {
    const send = () => socket.write(request((requests += 1)))
    socket.setEncoding('latin1')
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('data', (chunk: string) => {
      chunks.push(chunk)
      if (missing < 0) {
        const text = chunks.join('')
        const head = text.indexOf('\r\n\r\n')
        if (head < 0) return
        missing = head + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1]) - text.length
      } else missing -= chunk.length
      if (missing > 0) return
      if (!chunks[0]?.startsWith(wanted)) failures += 1
      chunks = []
      missing = -1
      if (performance.now() < end) return send()
      socket.end()
      resolve()
    })
  })
}

/** Anywhere in the list: what is read is not always the same. */
function any(n: number): number {
  return (n * 7919 + 13) % affiliates
}

function request(n: number): string {
  const head = `Host: localhost\r\nAuthorization: Bearer ${apiKey}\r\nAccept: application/json\r\n`
  if (kind === 'list') {
    const offset = 100 * Math.floor(any(n) / 100)
    return `GET /api/v1/affiliates?limit=100&offset=${offset} HTTP/1.1\r\n${head}\r\n`
  }
  if (kind === 'one') return `GET /api/v1/affiliates/a${any(n)}%40example.com HTTP/1.1\r\n${head}\r\n`
  const body = JSON.stringify({
    email: `${run}${n}@example.com`,
    base_value: 49.99,
    referral_code: `CODE${any(n)}`,
    reference: `${run}-${n}`,
  })
  return `POST /api/v1/conversions HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}
