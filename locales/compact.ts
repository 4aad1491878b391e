/**
 * A language as it travels: its texts in the order of the English keys, without the keys, which the reader has. The address
 * of such a file names the keys it belongs to, so that an older page.js never reads the texts of other keys.
 */
export type Words = Record<string, string>
type Forms = Record<string, string>
/** A text, or the forms of a plural by their categories (`few other`); null: not translated. */
export type Packed = (string | Forms | null)[]

const PLURAL = /_(zero|one|two|few|many|other)$/

/** The keys without their plural endings, each once. @param english all keys there are */
function basesOf(english: Words): string[] {
  const bases = Object.keys(english).map((key) => (isForm(key, english) ? key.replace(PLURAL, '') : key))
  return [...new Set(bases)]
}

const isForm = (key: string, english: Words) => PLURAL.test(key) && key.replace(PLURAL, '_other') in english

export function pack(words: Words, english: Words): Packed {
  return basesOf(english).map((base) => {
    if (!(`${base}_other` in english)) return words[base] ?? null
    const forms = new Map<string, string>()
    for (const [key, text] of Object.entries(words)) {
      if (!PLURAL.test(key) || key.replace(PLURAL, '') !== base) continue
      const category = key.slice(base.length + 1)
      forms.set(text, forms.has(text) ? `${forms.get(text)} ${category}` : category)
    }
    return Object.fromEntries([...forms].map(([text, categories]) => [categories, text]))
  })
}

export function unpack(packed: Packed, english: Words): Words {
  const words: Words = {}
  for (const [index, base] of basesOf(english).entries()) {
    const value = packed[index]
    if (typeof value === 'string') words[base] = value
    else
      for (const [categories, text] of Object.entries(value ?? {}))
        for (const category of categories.split(' ')) words[`${base}_${category}`] = text
  }
  return words
}

/** Eight hexadecimal digits that stand for the keys and their order (FNV-1a). */
export function versionOf(english: Words): string {
  let hash = 0x811c9dc5
  for (const character of basesOf(english).join()) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
