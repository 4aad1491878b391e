/** The link an affiliate shares. */
import type { Program } from '../server/public/widget-contract.ts'

/** A programme without a website of its own is advertised by the page the widget stands on. */
export function referralLink(program: Program, code: string): string {
  const link = new URL(program.website ?? location.origin, location.origin)
  link.searchParams.set(program.param, code)
  return link.href
}

/** The link as people read it, without `https://` and `www.`. */
export const spoken = (link: string) => link.replace(/^https?:\/\/(www\.)?/, '')

/** How much of its end a link keeps when it is cut: the part that tells one affiliate's from another's. */
export const tailOf = (link: string) => Math.min(20, link.length - Math.max(0, link.lastIndexOf('?')))
