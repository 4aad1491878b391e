/** A POST to an address somebody else chose: to the public internet only, not redirected, and over in five seconds. */
import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { addressProblem, parseTarget } from './target.ts'

export type Lookup = (
  hostname: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

export interface Post {
  url: string
  headers: Record<string, string>
  body: string
  /** Private addresses and http are allowed. */
  privateTargets: boolean
  /** For everything: name, connection, request and the whole answer. */
  timeoutMs?: number
  lookup?: Lookup
}

export interface Answer {
  status: number | null
  /** The first 4 KB. */
  body: string | null
  retryAfter: string | null
  /** Why there is no whole answer. */
  error: string | null
  latencyMs: number
}

/** Never throws: what went wrong is in the answer. */
export async function guardedPost(post: Post): Promise<Answer> {
  const { timeoutMs = 5000 } = post
  const started = performance.now()
  const deadline = AbortSignal.timeout(timeoutMs)
  const answer: Answer = { status: null, body: null, retryAfter: null, error: null, latencyMs: 0 }
  try {
    const response = await send(post, deadline)
    answer.status = response.statusCode ?? null
    answer.retryAfter = response.headers['retry-after'] ?? null
    answer.body = ''
    for await (const text of beginningOf(response)) answer.body = text
  } catch (error) {
    answer.error = deadline.aborted ? `no whole answer within ${timeoutMs / 1000} s` : sentenceOf(error)
  }
  answer.latencyMs = Math.round(performance.now() - started)
  return answer
}

async function send({ url, headers, body, ...post }: Post, signal: AbortSignal): Promise<IncomingMessage> {
  const target = parseTarget(url, post.privateTargets)
  const request = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    // A connection of its own: neither a kept one nor a proxy from the environment, whose address nobody checked.
    agent: false,
    lookup: checkedLookup(post),
    signal,
  })
  request.end(body)
  return responseTo(request)
}

/** A name may stand for any address, and for another one a moment later: the connection goes to exactly what is checked here. */
const checkedLookup =
  ({ privateTargets, lookup = systemLookup }: Pick<Post, 'privateTargets' | 'lookup'>): LookupFunction =>
  (hostname, options, done) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || !first) return done(error ?? new Error(`${hostname} has no address`), [])
      for (const { address } of addresses) {
        const problem = addressProblem(address, privateTargets)
        if (problem) return done(new Error(`${hostname}: ${problem}`), [])
      }
      return options.all ? done(null, addresses) : done(null, first.address, first.family)
    })

const responseTo = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve)
    request.on('error', reject)
    request.once('close', () => reject(new Error('the connection was closed without an answer')))
  })

const KEPT_BYTES = 4096

/** What came so far, again with each piece, until it is enough. PostgreSQL keeps no NUL in a text. */
async function* beginningOf(response: IncomingMessage): AsyncGenerator<string> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of response) {
    bytes = Buffer.concat([bytes, chunk as Buffer])
    yield bytes.subarray(0, KEPT_BYTES).toString('utf8').replaceAll('\0', '\uFFFD')
    if (bytes.length >= KEPT_BYTES) return
  }
}

function sentenceOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return (message || code || String(error)).replaceAll('\0', '').slice(0, 500)
}
