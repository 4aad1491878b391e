/** What page.js asks the API for. Nothing here throws: what went wrong comes back as an answer with a code. */
import type { KnownTexts } from '../../locales/format.ts'
import type { Answer } from '../../server/public/widget/contract.ts'

const PATIENCE = 20_000

/** `etag`: of what was answered, empty where it is not known. `unchanged`: what was asked for is what the widget has. */
export type Reply<T> = Answer<T> & { etag: string; unchanged?: boolean; texts?: KnownTexts }

/** JSON as text/plain, so that the browser asks no preflight; who is asking stands in the body, never in the address. */
export async function send(api: string, path: string, body: object, signal: AbortSignal) {
  // Browsers under test note who asked: from a microtask that is one function, else all of the script is read for it again.
  await Promise.resolve()
  return fetch(`${api}/api/widget/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body: JSON.stringify(body),
    credentials: 'omit',
    signal,
  })
}

export async function post<T>(api: string, path: string, body: object, stop: AbortSignal): Promise<Reply<T>> {
  const patience = new AbortController()
  const giveUp = () => patience.abort()
  const timer = setTimeout(giveUp, PATIENCE)
  stop.addEventListener('abort', giveUp)
  try {
    return await readAnswer<T>(await send(api, path, body, patience.signal))
  } catch {
    return failure(navigator.onLine ? 'unreachable' : 'offline')
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', giveUp)
  }
}

async function readAnswer<T>(response: Response): Promise<Reply<T>> {
  if (response.status === 304) return { ...failure('internal'), unchanged: true }
  const answer = (await response.json().catch(() => null)) as Answer<T> | null
  const fits = answer && (answer.success ? response.ok : answer.code)
  return fits ? { ...answer, etag: response.headers.get('etag') ?? '' } : failure('internal')
}

const failure = (code: string) => ({ success: false as const, error: code, code, etag: '' })
