/** Somebody's server that webhooks are sent to, and what it does with each. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  url: string
  headers: IncomingHttpHeaders
  body: string
}

/** A status, or what to do with the open answer: nothing lets it hang. */
export type Reaction = number | ((response: ServerResponse, received: Received) => void)

export interface Receiver {
  url: string
  port: number
  received: Received[]
  /** How many connections were opened. */
  connections(): number
  /** Resolves when so many requests have come. */
  until(count: number): Promise<void>
  close(): Promise<void>
}

/** @param react to the n-th request, from 1 on */
export async function startReceiver(react: (n: number, received: Received) => Reaction = () => 200): Promise<Receiver> {
  const received: Received[] = []
  const waiting: { count: number; done: () => void }[] = []
  let connections = 0
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const one = { url: request.url ?? '', headers: request.headers, body }
      received.push(one)
      for (const { count, done } of waiting) if (received.length >= count) done()
      const reaction = react(received.length, one)
      if (typeof reaction === 'number') response.writeHead(reaction).end(`answer ${received.length}`)
      else reaction(response, one)
    })
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    connections: () => connections,
    until: (count) => new Promise((done) => (received.length >= count ? done() : void waiting.push({ count, done }))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
