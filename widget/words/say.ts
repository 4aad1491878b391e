/** Finds the text of a key and fills it in, as i18next would. */

export type Texts = Record<string, string>
export type Values = Record<string, string | number>

const rules = new Map<string, Intl.PluralRules>()

/**
 * Reads the JSON v4 format of i18next, as far as our files use it: one text per key, `key_few` and the like by
 * Intl.PluralRules where a `count` is given (`key_zero` wins for 0), `{{name}}` in the text. The languages are asked in
 * their order; a key that none of them has is its own text.
 */
export function sayer(languages: Record<string, Texts>) {
  const asked = Object.entries(languages)
  return (key: string, values: Values = {}): string => {
    const { count } = values
    for (const [code, texts] of asked) {
      const text = (typeof count === 'number' ? formOf(key, texts, code, count) : undefined) ?? texts[key]
      if (text !== undefined) return text.replace(/{{(.+?)}}/g, (_, name: string) => `${values[name.trim()] ?? ''}`)
    }
    return key
  }
}

const formOf = (key: string, texts: Texts, code: string, count: number): string | undefined =>
  (count === 0 ? texts[`${key}_zero`] : undefined) ?? texts[`${key}_${pluralOf(code, count)}`]

function pluralOf(code: string, count: number): string {
  const rule = rules.get(code) ?? new Intl.PluralRules(code)
  rules.set(code, rule)
  return rule.select(count)
}

/** Keeps a link, an address or an amount in one piece within a sentence that runs the other way. */
export const isolated = (values: Values = {}): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? `\u2068${value}\u2069` : value]),
  )
