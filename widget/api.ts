/** The three things page.js asks the API for. Nothing here throws: what went wrong comes back as an answer with a code. */
import type { Answer, Dashboard, DashboardRequest, Joined, JoinRequest } from '../server/public/widget-contract.ts'

const PATIENCE = 20_000

export const fetchDashboard = (api: string, request: DashboardRequest, stop: AbortSignal) =>
  post<Dashboard>(`${api}/api/widget/dashboard`, request, stop)

export const sendJoin = (api: string, request: JoinRequest, stop: AbortSignal) =>
  post<Joined>(`${api}/api/widget/join`, request, stop)

/** The words of one language, or null when they cannot be had. */
export async function fetchWords(api: string, language: string): Promise<Record<string, string> | null> {
  try {
    const response = await fetch(`${api}/locales/${language}.json`, { credentials: 'omit' })
    return response.ok ? await response.json() : null
  } catch {
    return null
  }
}

/** JSON as text/plain, so that the browser asks no preflight; who is asking stands in the body, never in the address. */
async function post<T>(url: string, body: object, stop: AbortSignal): Promise<Answer<T>> {
  const patience = new AbortController()
  const giveUp = () => patience.abort()
  const timer = setTimeout(giveUp, PATIENCE)
  stop.addEventListener('abort', giveUp)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: JSON.stringify(body),
      credentials: 'omit',
      signal: patience.signal,
    })
    return await readAnswer<T>(response)
  } catch {
    return failure(navigator.onLine ? 'unreachable' : 'offline')
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', giveUp)
  }
}

async function readAnswer<T>(response: Response): Promise<Answer<T>> {
  const answer = (await response.json().catch(() => null)) as Answer<T> | null
  if (response.ok && answer?.success) return answer
  return answer && !answer.success && answer.code ? answer : failure('internal')
}

const failure = (code: string) => ({ success: false as const, error: code, code })
