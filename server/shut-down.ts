/** Ends a process on SIGTERM or SIGINT: in ten seconds at most, and at once when it is asked a second time. */
import type { Server, ServerResponse } from 'node:http'
import { constants } from 'node:os'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'

export interface Running {
  /** Their connections are closed as soon as they carry no request. */
  servers: Server[]
  /** Stops listening and working. Settles when all answers are sent and all jobs have ended. */
  stop: () => Promise<unknown>
  /** Last of all. */
  closeDatabase: () => Promise<void>
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
}

const PATIENCE_MS = 10_000
/** How often connections that became idle meanwhile are closed. */
const REAP_MS = 100
/** For the database, whatever still uses it. */
const LAST_MS = 2000
/** A terminal sends Ctrl+C to npm and to this process, and npm passes it on: within this time it is the same one. */
const SAME_SIGNAL_MS = 1000

export function endOnSignal(running: Running): void {
  const connections = running.servers.map(openConnections)
  let askedAt: number | undefined

  const end = async (signal: NodeJS.Signals) => {
    if (askedAt !== undefined) {
      if (performance.now() - askedAt > SAME_SIGNAL_MS) process.exit(128 + constants.signals[signal])
      return
    }
    askedAt = performance.now()
    running.log.info({ signal }, 'finishing open requests, then closing')
    const reaper = setInterval(() => running.servers.forEach((server) => server.closeIdleConnections()), REAP_MS)
    for (const socket of connections.flatMap((open) => [...open])) lastAnswer(socket)
    await finish(running)
    clearInterval(reaper)
    running.log.info('closed')
    process.exit(0)
  }
  process.on('SIGTERM', (signal) => void end(signal))
  process.on('SIGINT', (signal) => void end(signal))
}

async function finish({ servers, stop, closeDatabase, log }: Running): Promise<void> {
  const failed = (error: unknown) => log.error({ err: error }, 'closing failed')
  const stopped = stop().then(() => true, failed)
  if (!(await Promise.race([stopped, pause(PATIENCE_MS)]))) {
    log.warn(`not everything ended within ${PATIENCE_MS / 1000} s; what is left is cut off`)
    for (const server of servers) server.closeAllConnections()
  }
  await Promise.race([closeDatabase().catch(failed), pause(LAST_MS)])
}

function openConnections(server: Server): Set<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

/**
 * The answer that is being made says `Connection: close`, or the client would lose what it sends next over a connection that
 * is about to be closed. Browsers also open connections in advance: one that has carried nothing yet does not count as idle for
 * Node, and would be waited for until the end.
 */
function lastAnswer(socket: Socket & { _httpMessage?: ServerResponse | null }): void {
  if (socket.bytesRead === 0) socket.destroy()
  else if (socket._httpMessage && !socket._httpMessage.headersSent) socket._httpMessage.shouldKeepAlive = false
}
