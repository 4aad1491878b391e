/** The code our files go by: `pt-BR` and `pt_br` are `pt`, and languages of two names have one. */
const SAME_AS: Record<string, string> = { nb: 'no', nn: 'no', iw: 'he' }

export function languageCode(tag: string): string {
  const base = tag.trim().split(/[-_]/)[0]!.toLowerCase()
  return SAME_AS[base] ?? base
}
