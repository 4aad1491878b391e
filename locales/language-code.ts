/** Languages as tags name them: which of our files a tag means, and which way it is read. The widget, pages and mails agree here. */

const SAME_AS: Record<string, string> = { nb: 'no', nn: 'no', iw: 'he' }
const RIGHT_TO_LEFT = 'ar dv fa he ku ps sd ug ur yi'.split(' ')

/** The code our files go by: `pt-BR` and `pt_br` are `pt`, and languages of two names have one. */
export function languageCode(tag: string): string {
  const base = tag.trim().split(/[-_]/)[0]!.toLowerCase()
  return SAME_AS[base] ?? base
}

/** The first of a reader's languages that there is, as they wrote it and as our files call it. @param known codes such as `de` */
export function firstKnown(
  tags: readonly string[],
  known: readonly string[],
): { tag: string; code: string } | undefined {
  return tags.map((tag) => ({ tag, code: languageCode(tag) })).find(({ code }) => known.includes(code))
}

export const directionOf = (tag: string): 'ltr' | 'rtl' => (RIGHT_TO_LEFT.includes(languageCode(tag)) ? 'rtl' : 'ltr')
