/**
 * The load, in a process of its own: keep-alive connections that post one click after another for a while.
 * Started by bench/ingest.ts with one JSON argument; prints one JSON line { requests, failures, ms }.
 */
import { connect } from 'node:net'

const { port, path, connections, ms, projectId, codes } = JSON.parse(process.argv[2] ?? '{}') as Load

export interface Load {
  port: number
  path: string
  connections: number
  ms: number
  projectId: number
  codes: string[]
}

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
]

const run = Math.random().toString(36).slice(2, 8)
const started = performance.now()
const end = started + ms
let requests = 0
let failures = 0

await Promise.all(Array.from({ length: connections }, visitor))
process.stdout.write(`${JSON.stringify({ requests, failures, ms: performance.now() - started })}\n`)
process.exit(0)

/** Raw sockets: a full HTTP client would cost more than the servers it is to measure. */
function visitor(): Promise<void> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  let buffered = ''
  return new Promise((resolve, reject) => {
    const send = () => socket.write(click((requests += 1)))
    socket.setEncoding('latin1')
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('data', (chunk: string) => {
      buffered += chunk
      const head = buffered.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(buffered)?.[1])
      if (buffered.length < head + 4 + length) return
      if (!buffered.startsWith('HTTP/1.1 200')) failures += 1
      buffered = ''
      if (performance.now() < end) return send()
      socket.end()
      resolve()
    })
  })
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
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nOrigin: https://shop.example\r\nUser-Agent: ${AGENTS[n % AGENTS.length]}\r\nAccept: */*\r\n\r\n${body}`
}
