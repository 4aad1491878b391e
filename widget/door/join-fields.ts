/** What the program asks of those who join: what was typed, what is wrong with it, what is sent. */
import type { JoinForm, Program, SignupFieldId } from '../../server/public/widget/contract.ts'
import { problemText } from '../words/problem.ts'
import type { Translate, WordKey } from '../words/words.ts'

export type Typed = NonNullable<JoinForm['fields']>
/** By the name of the input; a function, because the language may change while it stands there. */
export type Problems = Record<string, (t: Translate) => string>

export function problemsOf({ signup }: Program, typed: Typed): Problems {
  const found: Problems = {}
  for (const { id, required } of signup.fields) {
    const text = textIn(typed, id)
    if (required && !text) found[id] = (t) => t('methods.required')
    else if (id === 'website' && text && !addressOf(text)) found[id] = (t) => t('join.website_invalid')
  }
  return found
}

/** What was typed into the form; undefined: nothing. */
export function filled({ signup }: Program, typed: Typed): Typed | undefined {
  const texts = signup.fields.flatMap(({ id }) => {
    const text = id === 'website' ? addressOf(textIn(typed, id)) : textIn(typed, id)
    return text ? [[id, text]] : []
  })
  return texts.length > 0 ? (Object.fromEntries(texts) as Typed) : undefined
}

const textIn = (typed: Typed, id: SignupFieldId) => (typed[id] ?? '').trim()

const FIELD_TEXTS: Record<string, WordKey> = { email: 'join.invalid', website: 'join.website_invalid' }

/** What the API found wrong, in the field's own words where there are any. */
export function refusal(code: string, field: string, t: Translate, email: string): string {
  const text = code === 'invalid_request' && FIELD_TEXTS[field]
  return text ? t(text) : problemText(code, t, email)
}

/** As people write addresses: `example.com` is https://example.com. undefined: it is none. */
function addressOf(text: string): string | undefined {
  const whole = /^[a-z]+:/i.test(text) ? text : `https://${text}`
  try {
    const { protocol, hostname } = new URL(whole)
    return /^https?:$/.test(protocol) && hostname.includes('.') ? whole : undefined
  } catch {
    return undefined
  }
}
