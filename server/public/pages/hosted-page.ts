/** Pages of our own: the portal for affiliates without an embedding site, the owner's preview, `/`, and what stands where nothing is. */
import { createHash } from 'node:crypto'
import { languageCode } from '../../../locales/language-code.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Project } from '../../db/schema.ts'
import { type Settings, settingsOf } from '../../core/project/settings.ts'

export interface HostedPage {
  /** The reader's language, which the dashboard follows. */
  language: string
  title: string
  /** Not for search engines. */
  hidden?: boolean
  /** Markup, escaped by its maker. */
  head?: string
  body: string
  theme: Settings['theme']
}

export function sendPage(reply: FastifyReply, page: HostedPage): FastifyReply {
  const style = STYLE + (page.theme === 'auto' ? '' : `:root{color-scheme:${page.theme}}`)
  return reply.type('text/html; charset=utf-8').headers({
    'content-security-policy': policyFor(style),
    'x-frame-options': 'DENY',
    'cache-control': 'no-cache',
    // An invitation or a code may stand in the address.
    'referrer-policy': 'same-origin',
    vary: 'accept, accept-language',
  }).send(`<!doctype html>
<html lang="${escapeHtml(page.language)}" dir="${RIGHT_TO_LEFT.has(page.language) ? 'rtl' : 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}</title>
<link rel="icon" href="data:,">
${page.hidden ? '<meta name="robots" content="noindex">\n' : ''}<style>${style}</style>
${page.head ?? ''}</head>
<body>
${page.body}
</body>
</html>
`)
}

/** Styles by their hash; banners may lie anywhere; a picture is saved from a blob. */
const policyFor = (style: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "connect-src 'self'",
    "img-src 'self' https: http: data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/**
 * Whether a person is asking, through the address bar or a link, and not a program: a browser says that it wants HTML. Where
 * there are pages and nothing else, whoever does not ask for JSON gets one.
 */
export function wantsPage({ method, url, headers: { accept = '' } }: FastifyRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  if (/\btext\/html\b/.test(accept)) return !/^\/(api|webhook|mcp)\b/.test(url)
  return PAGES.test(url) && !/\bjson\b/.test(accept)
}

const PAGES = /^\/(|portal\b[^?]*|preview(\/[^/?]*)?)($|\?)/

/** The grammar of the dashboard, around it: its own ground, one column, nothing that competes with the numbers. */
const STYLE = `
:root{color-scheme:light dark;--ground:light-dark(#fff,#17191e);--ink:light-dark(#16181d,#eceef2);--muted:light-dark(#5c6068,#a4a8b0);--line:light-dark(#e3e4e5,#31333a)}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
header,main{max-width:960px;margin-inline:auto;padding-inline:16px}
header{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;min-height:56px}
header a,header b{font-weight:600;color:inherit;text-decoration:none;overflow-wrap:anywhere}
header a:hover{text-decoration:underline;text-underline-offset:4px}
main{padding-block:8px 48px}
p{margin:0}
.plain{max-width:640px;padding-block:clamp(48px,12vh,96px) 48px}
.plain p{color:var(--muted)}
.plain h1{margin:0 0 12px;font-size:28px;line-height:1.1;font-weight:600;text-wrap:balance;overflow-wrap:anywhere}
.plain a{color:inherit;text-underline-offset:4px;overflow-wrap:anywhere}
.plain ul{list-style:none;margin:32px 0 0;padding:0;border-top:1px solid var(--line)}
.plain li{border-bottom:1px solid var(--line)}
.plain li a{display:flex;align-items:center;min-height:44px;font-weight:600;text-decoration:none}
.plain li a:hover{text-decoration:underline}
.note{color:var(--muted);font-size:13px}
:focus-visible{outline:2px solid currentColor;outline-offset:2px;border-radius:2px}
@media (min-width:640px){header,main{padding-inline:32px}main{padding-top:16px}}
.tools{display:flex;flex-wrap:wrap;gap:8px 16px;margin-inline-start:auto}
.tools label{display:flex;gap:8px;align-items:center;font-size:13px;color:var(--muted)}
select{font:inherit;color:var(--ink);background:var(--ground);border:1px solid var(--line);border-radius:6px;min-height:36px;padding:0 8px}
.preview main[data-width="360"]{max-width:392px;padding-inline:16px}
.preview main[data-width="768"]{max-width:800px;padding-inline:16px}
.preview header{border-bottom:1px solid var(--line);max-width:none;padding-block:8px}
.preview main{padding-top:24px}
`

const RIGHT_TO_LEFT = new Set(['ar', 'he'])

/** The first of the reader's languages that there is. @param known codes such as `de` @param project whose language is the next best */
export function languageFor(request: FastifyRequest, known: readonly string[], project?: Project): string {
  const wanted = (request.headers['accept-language'] ?? '').split(',').map((entry) => entry.split(';')[0]!.trim())
  for (const tag of [...wanted, ...(project ? [settingsOf(project).language] : [])]) {
    const language = languageCode(tag)
    if (known.includes(language)) return language
  }
  return 'en'
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
