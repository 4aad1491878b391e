/**
 * Open dashboards of this process, told when they changed. The hub looks once a second while anybody listens, with one query
 * for all: that works alike on both databases and for any number of processes, sees clicks (which are no events), and costs a
 * sale nothing; a notification from the writer would need each of these solved anew.
 */
import { PassThrough } from 'node:stream'
import type { Context } from '../../context.ts'
import { liveVersions } from '../../core/dashboard/live-version.ts'
import { retried } from '../../db/retried.ts'

const LOOK_MS = 1000
/** Proxies close what is silent; the widget gives up on it after 75 seconds. */
const HEARTBEAT_MS = 25_000
/** After that the widget asks anew, and who asks is looked at again. */
const LIFETIME_MS = 3_600_000
const MOST_STREAMS = 1000
const MOST_OF_ONE = 8
/** Of a reader who does not read. */
const MOST_UNREAD_BYTES = 16 * 1024

export interface Listener {
  affiliateId: number
  /** What `liveVersions` said before `etag` was made. */
  version: string | undefined
  etag: string
  /** The ETag now, or null when he may not listen any more. */
  read: () => Promise<string | null>
}

interface Stream extends Listener {
  out: PassThrough
  openedAt: number
  spokeAt: number
}

export interface LiveHub {
  /** The body of the answer, or why there is none. */
  open(listener: Listener): PassThrough | 'too_many' | 'closing'
  /** Ends all streams; a server that is going down must not wait for them. */
  close(): void
}

export function createLiveHub(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  onError: (error: unknown) => void,
  lookMs = LOOK_MS,
): LiveHub {
  const streams = new Set<Stream>()
  let timer: NodeJS.Timeout | undefined
  let looking = false
  let closed = false

  return {
    open(listener) {
      if (closed) return 'closing'
      const own = [...streams].filter(({ affiliateId }) => affiliateId === listener.affiliateId)
      if (streams.size >= MOST_STREAMS || own.length >= MOST_OF_ONE) return 'too_many'
      const now = performance.now()
      const stream = { ...listener, out: new PassThrough(), openedAt: now, spokeAt: now }
      streams.add(stream)
      stream.out.on('close', () => streams.delete(stream))
      tell(stream, listener.etag)
      lookSoon()
      return stream.out
    },
    close() {
      closed = true
      clearTimeout(timer)
      for (const { out } of streams) out.end()
    },
  }

  function lookSoon() {
    if (timer || looking || closed || streams.size === 0) return
    timer = setTimeout(() => {
      timer = undefined
      looking = true
      void look()
        .catch(onError)
        .finally(() => {
          looking = false
          lookSoon()
        })
    }, lookMs).unref()
  }

  /** The next look begins a pause after this one ended, so that a slow database is not asked faster than it answers. */
  async function look() {
    keepAlive()
    // Who comes while the database is asked is looked at the next time.
    const present = [...streams]
    const affiliates = [...new Set(present.map(({ affiliateId }) => affiliateId))]
    // In a transaction, like the version a listener comes with: instants in it are written in the session's time zone.
    const versions = await retried(db, (tx) => liveVersions(tx, affiliates, clock.now()))
    for (const stream of present) {
      if (stream.out.writableEnded || stream.out.destroyed) continue
      const version = versions.get(stream.affiliateId)
      if (version !== undefined && version === stream.version) continue
      const etag = version === undefined ? null : await stream.read()
      if (etag === null) {
        stream.out.end()
        continue
      }
      stream.version = version
      if (etag !== stream.etag) tell(stream, etag)
    }
  }

  function keepAlive() {
    const now = performance.now()
    for (const stream of streams) {
      if (now - stream.openedAt > LIFETIME_MS) stream.out.end()
      else if (now - stream.spokeAt > HEARTBEAT_MS) write(stream, ': still here\n\n')
    }
  }

  function tell(stream: Stream, etag: string) {
    stream.etag = etag
    write(stream, `data: ${JSON.stringify({ etag })}\n\n`)
  }

  function write(stream: Stream, frame: string) {
    stream.spokeAt = performance.now()
    if (stream.out.writableLength + stream.out.readableLength > MOST_UNREAD_BYTES) stream.out.destroy()
    else if (!stream.out.writableEnded) stream.out.write(frame)
  }
}
