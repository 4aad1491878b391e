/** How long a client may take to say what it wants, and what it is told when it takes longer or says nothing that is HTTP. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyHttpOptions } from 'fastify'
import { failure } from './errors.ts'

export interface ConnectionLimits {
  /** For the head of a request, milliseconds. */
  headMs: number
  /** For the whole request with its body. How long the answer takes is not limited: streams stay open. */
  requestMs: number
  /** How often connections are looked at. */
  lookMs: number
}

/** The largest body, of half a megabyte, comes within half a minute over any connection that works. */
const LIMITS: ConnectionLimits = { headMs: 15_000, requestMs: 30_000, lookMs: 5_000 }

export const connectionLimits = ({ headMs, requestMs, lookMs } = LIMITS) =>
  ({
    requestTimeout: requestMs,
    // Longer than the load balancers before us keep theirs (AWS, a minute), or they would send over one that is closed.
    keepAliveTimeout: 72_000,
    http: { headersTimeout: headMs, connectionsCheckingInterval: lookMs },
    clientErrorHandler: (error, socket) => refuse(error, socket),
  }) satisfies FastifyHttpOptions<Server>

const ANSWERS: Record<string, [status: string, code: string, sentence: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request_timeout', 'The request did not arrive in time'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'headers_too_large', 'The headers are too large'],
}

function refuse(
  { code = '' }: NodeJS.ErrnoException,
  socket: Socket & { _httpMessage?: { headersSent?: boolean } },
): void {
  if (code === 'ECONNRESET' || socket.destroyed) return
  // In the middle of an answer, another one would be taken for a part of it.
  if (!socket.writable || socket._httpMessage?.headersSent) return void socket.destroy()
  const [status, name, sentence] = ANSWERS[code] ?? [
    '400 Bad Request',
    'invalid_request',
    'This is not an HTTP request',
  ]
  const body = JSON.stringify(failure(name, sentence))
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}
