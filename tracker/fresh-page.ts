/** For the unit tests: a fresh page with the script on it, and what it sends. */
import { vi } from 'vitest'

export interface Sent {
  what: string
  [field: string]: unknown
}
type Refgrow = ((...call: unknown[]) => Promise<unknown>) & Record<string, (...args: unknown[]) => unknown>

/** Loads latest.ts anew, as if at `path`; `status` is what the API answers, 0 for no answer at all. */
export async function load(path: string, attributes: Record<string, string> = {}, status = 202) {
  const sent: Sent[] = []
  const answer = { status }
  vi.stubGlobal('fetch', (url: URL, { body }: { body: string }) => {
    sent.push({ what: url.pathname.split('/').pop()!, ...(JSON.parse(body) as object) })
    if (!answer.status) return Promise.reject(new TypeError('Failed to fetch'))
    return Promise.resolve(new Response('{"success":true,"data":{}}', { status: answer.status }))
  })
  vi.resetModules()
  Object.defineProperty(navigator, 'webdriver', { value: false, configurable: true })
  ;(window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(`http://shop.test${path}`)
  document.head.innerHTML = '<script type="text/plain" src="https://refgrow.test/latest.js"></script>'
  Object.assign(document.querySelector('script')!.dataset, { projectId: '42', ...attributes })
  await import('./latest.ts')
  return { sent, answer, refgrow: (window as unknown as { Refgrow: Refgrow }).Refgrow }
}

/** The page is gone: its cookies, its storage and what scripts put on window. */
export function leave(): void {
  localStorage.clear()
  for (const pair of document.cookie.split('; ')) {
    for (const domain of ['', ';domain=shop.test']) {
      document.cookie = `${pair.split('=')[0]}=;path=/;expires=${new Date(0).toUTCString()}${domain}`
    }
  }
  delete (window as { Refgrow?: unknown }).Refgrow
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
}
