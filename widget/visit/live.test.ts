// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startLive, tagOf } from './live.ts'

let stop = () => {}
const refresh = vi.fn(async () => true)

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  refresh.mockReset().mockResolvedValue(true)
})

afterEach(() => {
  stop()
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const later = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

/** A stream that can be written to; `ends` resolves when the reader has left. */
function stream() {
  let control!: ReadableStreamDefaultController<Uint8Array>
  const body = new ReadableStream<Uint8Array>({ start: (own) => void (control = own) })
  return {
    response: new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    write: (text: string) => control.enqueue(new TextEncoder().encode(text)),
    end: () => control.close(),
  }
}

/** From the moment on when what was answered had its time to be drawn. */
async function begin(answer: () => Promise<Response>, streams = true) {
  const fetched = vi.fn<typeof fetch>((_url, init) => {
    // As a browser does: what was given up fails.
    const given = new Promise<never>((_, fail) =>
      init!.signal!.addEventListener('abort', () => fail(new DOMException('stopped', 'AbortError'))),
    )
    return Promise.race([answer(), given])
  })
  vi.stubGlobal('fetch', fetched)
  stop = startLive({
    api: 'https://api.example',
    identity: { project_id: 7, token: 'secret' },
    refresh,
    shows: (etag) => etag === '"shown"',
    streams,
  })
  expect(fetched).not.toHaveBeenCalled()
  await later(500)
  return fetched
}

test('a tag that is not shown yet asks for the dashboard, in however many pieces it comes', async () => {
  const { response, write } = stream()
  const fetched = await begin(async () => response)
  await later(0)
  write('data: {"etag": "\\"shown\\""}\n\n: still here\n\ndata: {"et')
  await later(0)
  expect(refresh).not.toHaveBeenCalled()
  write('ag": "\\"new\\""}\r\n\r\n')
  await later(0)
  expect(refresh).toHaveBeenCalledOnce()
  expect(fetched).toHaveBeenCalledOnce()
  const [url, init] = fetched.mock.calls[0]!
  expect([url, init!.body]).toEqual(['https://api.example/api/widget/live', '{"project_id":7,"token":"secret"}'])
})

test('a stream that ends after a while is opened again soon, and what was missed is asked for', async () => {
  const streams = [stream(), stream()]
  const answers = streams.map(({ response }) => response)
  const fetched = await begin(async () => answers.shift()!)
  await later(0)
  streams[0]!.write(': hello\n\n')
  await later(60_000)
  streams[0]!.end()
  await later(2_000)
  expect(refresh).toHaveBeenCalledOnce()
  expect(fetched).toHaveBeenCalledTimes(2)
})

test('streams that end at once are opened no more often than the dashboard would be polled', async () => {
  const fetched = await begin(async () => {
    const { response, write, end } = stream()
    write(': hello\n\n')
    end()
    return response
  })
  await later(2_000)
  expect(fetched).toHaveBeenCalledTimes(3)
  await later(29_000)
  expect(fetched).toHaveBeenCalledTimes(3)
  await later(2_000)
  expect(fetched).toHaveBeenCalledTimes(4)
})

test('an API without a stream is polled, and asked for a stream only once', async () => {
  const fetched = await begin(async () => new Response('', { status: 404 }))
  await later(95_000)
  expect(refresh).toHaveBeenCalledTimes(3)
  expect(fetched).toHaveBeenCalledOnce()
})

test('an API that is known to have none is not asked at all', async () => {
  const fetched = await begin(async () => new Response('', { status: 404 }), false)
  await later(31_000)
  expect(refresh).toHaveBeenCalledOnce()
  expect(fetched).not.toHaveBeenCalled()
})

test('while nothing can be had it asks less and less often, down to every five minutes', async () => {
  refresh.mockResolvedValue(false)
  await begin(async () => new Response('', { status: 404 }))
  for (const wait of [30, 60, 120, 240, 300, 300]) {
    refresh.mockClear()
    await later(wait * 1000 - 1)
    expect(refresh).not.toHaveBeenCalled()
    await later(1)
    expect(refresh).toHaveBeenCalledOnce()
  }
})

test('a stream that never begins, or falls silent, is given up', async () => {
  const fetched = await begin(() => new Promise<Response>(() => {}))
  await later(10_000 + 30_000)
  expect(refresh).toHaveBeenCalledOnce()
  expect(fetched).toHaveBeenCalledTimes(2)
})

test('stopped, it asks no more', async () => {
  const fetched = await begin(async () => new Response('', { status: 500 }))
  await later(0)
  stop()
  await later(1_000_000)
  expect(refresh).not.toHaveBeenCalled()
  expect(fetched).toHaveBeenCalledOnce()
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  ['data: {"etag":"a"}', 'a'],
  ['event: change\ndata: {"etag":\ndata: "a"}', 'a'],
  [': ping', undefined],
  ['data: <html>', undefined],
  ['data: {"etag":1}', undefined],
])('%j says %j', (frame, tag) => {
  expect(tagOf(frame)).toBe(tag)
})
