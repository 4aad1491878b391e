/** Fetches the file of a language from the API that the widget talks to. */
import { unpack, versionOf, type Packed } from '../../locales/compact.ts'
import english from '../../locales/en.json' with { type: 'json' }
import type { Texts } from './say.ts'

/** The short file for exactly our keys; an API of another version has only the whole one, with keys of its own. */
export async function fetchTexts(api: string, code: string): Promise<Texts | null> {
  const { words, missing } = await fetchFile(api, `${code}.${versionOf(english)}`)
  if (words) return unpack(words as Packed, english)
  return missing ? ((await fetchFile(api, code)).words as Texts | null) : null
}

/** `missing`: the API has no file of this name. Without it null means that it could not be had. */
async function fetchFile(api: string, file: string): Promise<{ words: unknown; missing?: boolean }> {
  try {
    const response = await fetch(`${api}/locales/${file}.json`, { credentials: 'omit' })
    return response.ok ? { words: await response.json() } : { words: null, missing: response.status === 404 }
  } catch {
    return { words: null }
  }
}
