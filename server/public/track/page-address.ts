/** Page addresses as we keep them: where, and which campaign, but nothing personal. */

import { remembered } from './remembered.ts'

/** Origin and path, and of the query only what marketing puts there: an e-mail or a token in an address is never stored. */
export const pageAddress = (text: string | null | undefined): string | null => (text ? shorten(text) : null)

/** Landing pages repeat: one shared link brings the same address again and again. */
const shorten = remembered((text: string): string | null => {
  const url = URL.parse(text)
  if (!url) return null
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  url.pathname = url.pathname.replace(ADDRESS_IN_PATH, '/-')
  if (!url.search.includes('utm_')) return `${url.origin}${url.pathname}`.slice(0, 2000)
  const kept = [...url.searchParams].filter(([name]) => /^utm_(source|medium|campaign|term|content)$/.test(name))
  const query = new URLSearchParams(kept).toString()
  return `${url.origin}${url.pathname}${query && `?${query}`}`.slice(0, 2000)
})

/** `/unsubscribe/ann@example.com`: a part of a path that holds an address names a person. */
const ADDRESS_IN_PATH = /\/[^/]+(?:@|%40)[^/]+\.[a-z][^/]*/gi
