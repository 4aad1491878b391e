/** Who referred this visitor: found in the landing address, kept in cookies, reported as a click. */
import { acceptedDomain, readCookie, writeCookie } from './cookies.ts'
import { allowed, objects } from './consent.ts'
import { watchLinks } from './links.ts'
import { cookieDays, param, projectId } from './options.ts'
import { safely } from './safely.ts'
import { say } from './say.ts'
import { send } from './send.ts'
import { load, save, type Settings } from './storage.ts'
import { version } from './version.ts'

const codeCookie = 'refgrow_ref_code'
const clickCookie = 'refgrow_click'

/** Codes this page has seen arrive; going back to one of them is no second click. */
const seen: Record<string, boolean> = {}

export const readCode = (): string | undefined => (allowed ? validCode(readCookie(codeCookie)) : undefined)
export const readClick = (): string | undefined => readCookie(clickCookie)

const validCode = (code: string | null | undefined) => (/^[\w-]{1,64}$/.test(code ?? '') ? code! : undefined)

export function keep(code: string, click: string): void {
  writeCookie(codeCookie, code)
  writeCookie(param, code)
  writeCookie(clickCookie, click)
}

/** Looks for a code in the address, or in the address as it was before a router cleaned it. */
export const lookForReferral = safely(() => {
  const landing = performance.getEntriesByType?.('navigation')[0] as PerformanceNavigationTiming | undefined
  const held = readCode()
  // Reloading a landing page, or coming back to it, is not another click.
  if (held && /^[rb]/.test(`${landing?.type}`)) seen[held] = true

  for (const url of [location.href, landing?.name ?? location.href]) {
    const code = validCode(new URL(url).searchParams.get(param))
    if (code) {
      if (!seen[code]) arrive(code, url)
      break
    }
  }
  if (readCode()) watchLinks()
  else say('not referred: no code in the address, none in the cookies')
})

function arrive(code: string, url: string): void {
  seen[code] = true
  const held = readCode()
  const heldClick = readClick()
  const click = Date.now().toString(36) + Math.random().toString(36).slice(2)
  const first = (settings?: Settings) => held && settings?.attribution === 'first'

  if (first(load().settings)) say(`${held} stays: the first click counts`)
  else keep(code, click)

  if (navigator.webdriver || /headless|[^u]bot|crawl|spider/i.test(navigator.userAgent)) {
    return say('no click sent: this is a bot')
  }

  send(
    'click',
    {
      project_id: projectId,
      referral_code: code,
      click_id: click,
      url,
      referrer: document.referrer,
      version,
      cookie_domain: acceptedDomain,
      cookie_days: +cookieDays,
      param,
    },
    1,
    (settings) => {
      save({ settings })
      if (first(settings)) keep(held!, heldClick!)
      if (objects(settings)) forget()
    },
  )
}

export function forget(): void {
  for (const name of [codeCookie, param, clickCookie]) writeCookie(name, '')
}
