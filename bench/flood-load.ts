/**
 * The flood, in a process of its own: connections that ask for links and report clicks, each the next one as soon as it is
 * answered. Started by bench/flood.ts with one JSON argument; prints one JSON line { statuses, broken, p99_ms }.
 */
import { connect } from 'node:net'

const { port, connections, ms, projectId, codes } = JSON.parse(process.argv[2] ?? '{}') as Flood

export interface Flood {
  port: number
  connections: number
  ms: number
  projectId: number
  codes: string[]
}

export interface Flooded {
  /** How many answers had each status. */
  statuses: Record<string, number>
  /** Connections that ended without an answer. */
  broken: number
  p99_ms: number
}

/** As many visitors as a flood has: most clicks are nobody's repeated one. */
const VISITORS = 100_000
const MOST_MS = 60_000

const run = Math.random().toString(36).slice(2, 8)
const end = performance.now() + ms
const statuses: Record<string, number> = {}
/** How many answers took so many milliseconds. */
const taken = new Uint32Array(MOST_MS + 1)
let sent = 0
let broken = 0

await Promise.all(Array.from({ length: connections }, (_, n) => visitor(n % 2 ? link : click)))
process.stdout.write(`${JSON.stringify({ statuses, broken, p99_ms: percentile(0.99) } satisfies Flooded)}\n`)
process.exit(0)

function visitor(request: (n: number) => string): Promise<void> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1')
  let buffered = ''
  let asked = 0
  const send = () => {
    asked = performance.now()
    socket.write(request((sent += 1)))
  }
  return new Promise((resolve) => {
    socket.on('connect', send)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (performance.now() < end) broken += 1
      resolve()
    })
    socket.on('data', (chunk: string) => {
      buffered += chunk
      const head = buffered.indexOf('\r\n\r\n')
      if (head < 0 || buffered.length < head + 4 + Number(/content-length: (\d+)/i.exec(buffered)?.[1] ?? 0)) return
      const status = buffered.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3)
      statuses[status] = (statuses[status] ?? 0) + 1
      const took = Math.min(MOST_MS, Math.round(performance.now() - asked))
      taken[took] = (taken[took] ?? 0) + 1
      buffered = ''
      if (performance.now() < end) send()
      else socket.end()
    })
  })
}

function agent(n: number): string {
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.${n % VISITORS} Safari/537.36`
}

function link(n: number): string {
  return `GET /r/${codes[n % codes.length]} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${agent(n)}\r\nAccept: */*\r\n\r\n`
}

function click(n: number): string {
  const code = codes[n % codes.length]
  const body = JSON.stringify({
    project_id: projectId,
    referral_code: code,
    click_id: `${Date.now().toString(36)}${run}${n.toString(36)}`,
    url: `https://shop.example/pricing?ref=${code}&utm_source=newsletter`,
    referrer: 'https://blog.example/review',
    version: '1',
  })
  return `POST /api/track/click HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nOrigin: https://shop.example\r\nUser-Agent: ${agent(n)}\r\nAccept: */*\r\n\r\n${body}`
}

function percentile(share: number): number {
  const all = taken.reduce((sum, count) => sum + count, 0)
  let passed = 0
  for (const [ms, count] of taken.entries()) if ((passed += count) >= all * share) return ms
  return MOST_MS
}
