/** The links an affiliate shares. */
import type { AffiliateDashboard, Program } from '../../server/public/widget/contract.ts'

type Site = Pick<Program, 'website' | 'param'>

/** A program without a website of its own is advertised by the page the widget stands on. */
const homeOf = ({ website }: Site) => new URL(website ?? location.origin, location.origin)

export const referralLink = (program: Site, code: string): string => withCode(homeOf(program), program, code)

function withCode(page: URL, { param }: Site, code: string): string {
  const link = new URL(page)
  link.searchParams.set(param, code)
  return link.href
}

/** The code an affiliate is known by: the one they chose themselves, if they did. */
export const ownCode = ({ slug, referral_code: code }: Pick<AffiliateDashboard, 'slug' | 'referral_code'>) =>
  slug ?? code

/** The host of the program's site, as people write it. */
export const siteOf = (program: Site) => bare(homeOf(program).host)

/**
 * The referral link to the page somebody typed or pasted: a whole address, one without `https://`, or a path.
 * null: no address, or one of another site.
 */
export function pageLink(program: Site, code: string, typed: string): string | null {
  const text = typed.trim()
  const home = homeOf(program)
  const page = parse(startsWithHost(text, home) ? `${home.protocol}//${text}` : text, home)
  if (!page || !/^https?:$/.test(page.protocol) || bare(page.host) !== bare(home.host)) return null
  page.protocol = home.protocol
  page.username = page.password = ''
  return withCode(page, program, code)
}

/** `shop.example/pricing` and `shop.example`, but not `pricing.html` or `pricing/2.0`. */
const startsWithHost = (text: string, home: URL) =>
  text.startsWith(home.host) ||
  (/^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*\.\p{L}{2,}(:\d+)?([/?#]|$)/u.test(text) && !FILE.test(text))
const FILE = /^[^/?#]+\.(html?|php|aspx?|jsp|pdf)([?#]|$)/i

function parse(text: string, base: URL): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}

const bare = (host: string) => host.replace(/^www\./, '')

/** The page an affiliate invites others on: the one they are looking at. */
export function invitationLink(code: string): string {
  const link = new URL(location.pathname, location.origin)
  link.searchParams.set('refgrow_invite', code)
  return link.href
}

/** Where a link can be sent to. `mail` has another name in every language, the others the same in all. */
export function destinations(link: string, text: string): { id: string; name: string; href: string }[] {
  const [message, words, url] = [text.includes(link) ? text : `${text} ${link}`, text, link].map(encodeURIComponent)
  return [
    { id: 'mail', name: '', href: `mailto:?body=${message}` },
    { id: 'x', name: 'X', href: `https://x.com/intent/post?text=${message}` },
    { id: 'linkedin', name: 'LinkedIn', href: `https://www.linkedin.com/sharing/share-offsite/?url=${url}` },
    { id: 'whatsapp', name: 'WhatsApp', href: `https://wa.me/?text=${message}` },
    { id: 'telegram', name: 'Telegram', href: `https://t.me/share/url?url=${url}&text=${words}` },
  ]
}

/** The link as people read it, without `https://` and `www.`. */
export const spoken = (link: string) => link.replace(/^https?:\/\/(www\.)?/, '')

/** How much of its end a link keeps when it is cut: the part that tells one affiliate's from another's. */
export function tailOf(link: string): number {
  const parameter = link.length - Math.max(0, link.lastIndexOf('?'))
  return parameter <= 20 ? parameter : Math.min(20, link.length - link.lastIndexOf('=') - 1)
}
