/**
 * Keeps an open dashboard up to date: the API says when something changed, through a stream that stays open; where that
 * does not work the dashboard is asked for again every half minute, less often while it cannot be had.
 */
import { send } from './api.ts'

export interface Live {
  api: string
  /** Who is asking, as in every other request. */
  identity: object
  /** Asks whether something changed and shows it. false: it could not be asked. */
  refresh: () => Promise<boolean>
  /** Is this the tag of what is shown? */
  shows: (etag: string) => boolean
  /** An API that has no stream is not asked for one. */
  streams: boolean
}

type End = 'done' | 'failed' | 'never'

const SETTLE = 500
const POLL = 30_000
const POLL_MOST = 300_000
/** The API says something at least every half minute; who is silent for so long is gone. */
const SILENCE = 75_000
/** A stream that a proxy holds back has not begun by then. */
const BEGIN = 10_000
const LASTING = 10_000
const MOST_SHORT = 2
/** Browsers keep few connections to one server: the other widgets of a page ask every now and then. */
const MOST_STREAMS = 2
let open = 0
const RECONNECT = 1_000

/** Until the answer is called. */
export function startLive(live: Live): () => void {
  const stop = new AbortController()
  void follow(live, stop.signal)
  return () => stop.abort()
}

async function follow(live: Live, stop: AbortSignal) {
  let { streams } = live
  let failures = 0
  let short = 0
  // What was just answered is drawn first. The stream begins with what is the newest then.
  await pause(SETTLE, stop)
  while (!stop.aborted) {
    const since = Date.now()
    const end = streams ? await listen(live, stop) : 'never'
    if (end === 'never') streams = false
    // Streams end now and then: a server was started anew, a log-in is over. One that always ends at once is of no use.
    short = Date.now() - since < LASTING ? short + 1 : 0
    const soon = end === 'done' && short <= MOST_SHORT
    await pause(soon ? RECONNECT : Math.min(POLL * 2 ** failures, POLL_MOST), stop)
    if (stop.aborted) return
    failures = (await live.refresh()) ? 0 : failures + 1
  }
}

/** Reads the stream to its end. `done`: it said something before; `never`: this API has none. */
async function listen({ api, identity, refresh, shows }: Live, stop: AbortSignal): Promise<End> {
  if (open >= MOST_STREAMS) return 'failed'
  open += 1
  const patience = new AbortController()
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  const giveUp = () => {
    patience.abort()
    reader?.cancel().catch(() => {})
  }
  let timer = setTimeout(giveUp, BEGIN)
  stop.addEventListener('abort', giveUp)
  let end: End = 'failed'
  try {
    const response = await send(api, 'live', identity, patience.signal)
    if ([404, 405, 501].includes(response.status)) return 'never'
    if (response.status === 401) await refresh()
    if (!response.ok || !response.body) return end
    reader = response.body.getReader()
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return end
      end = 'done'
      clearTimeout(timer)
      timer = setTimeout(giveUp, SILENCE)
      text += decoder.decode(value, { stream: true })
      const frames = text.split(/\r?\n\r?\n/)
      text = frames.pop()!
      const told = frames.flatMap((frame) => tagOf(frame) ?? []).at(-1)
      if (told !== undefined && !shows(told)) await refresh()
    }
  } catch {
    return end
  } finally {
    open -= 1
    giveUp()
    clearTimeout(timer)
    stop.removeEventListener('abort', giveUp)
  }
}

/** The tag in one frame of the stream; undefined in a comment or in something we do not know. */
export function tagOf(frame: string): string | undefined {
  const text = frame
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5))
    .join('\n')
  try {
    const { etag } = JSON.parse(text) as { etag?: unknown }
    return typeof etag === 'string' ? etag : undefined
  } catch {
    return undefined
  }
}

/** A little shorter or longer each time, so that a thousand dashboards do not come back at once. */
const pause = (milliseconds: number, stop: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(end, milliseconds * (0.75 + Math.random() / 2))
    function end() {
      clearTimeout(timer)
      stop.removeEventListener('abort', end)
      done()
    }
    stop.addEventListener('abort', end)
    if (stop.aborted) end()
  })
