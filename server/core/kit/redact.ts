/** Taking a person out of a text: the address in every way it may be written, and in a payload what stands beside it. */

export interface Person {
  /** As the person wrote it, and without case. */
  addresses: string[]
  /** What payment providers call this person. Kept, because it names nobody; what came with it is theirs. */
  customer_ids: string[]
  /** What stands in place of the address. */
  instead: string
}

/** In place of a name, a phone number, a street. */
export const ERASED = 'erased'

/** @returns the text without the address, or undefined when it does not hold it */
export function redactText(text: string, person: Person): string | undefined {
  const redacted = text.replace(patternOf(person.addresses), person.instead)
  return redacted === text ? undefined : redacted
}

/**
 * Of a JSON text also the JSON inside its strings, and whatever else is about a person: the fields of a customer, a billing
 * address, an IP address, links to invoices. Its shape, amounts, ids and times stay, so that it can be processed again.
 * @returns undefined when it is not about the person
 */
export function redactPayload(text: string, person: Person): string | undefined {
  const value = parseExactly(text)
  if (typeof value !== 'object' || value === null) return redactText(text, person)
  const pattern = patternOf(person.addresses)
  const found = { value: false }
  const withoutAddress = replaced(value, person, pattern, found)
  if (!found.value) return undefined
  return JSON.stringify(withoutPersonal(withoutAddress, person.instead, '', false))
}

/** Numbers as they were written, however many digits they have. */
function parseExactly(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
        ? rawJSON(context.source)
        : value,
    )
  } catch {
    return undefined
  }
}

/** Not in TypeScript's library yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (source: string) => object
  isRawJSON: (value: unknown) => boolean
}

/** The same value without the address. Notes in `found` whether the person is in it, by address or by a provider's id. */
function replaced(value: unknown, person: Person, pattern: RegExp, found: { value: boolean }, key = ''): unknown {
  if (typeof value === 'string') {
    const inner = /^\s*[[{]/.test(value) ? parseExactly(value) : undefined
    if (typeof inner === 'object' && inner !== null) {
      const before = found.value
      found.value = false
      const clean = replaced(inner, person, pattern, found)
      const mentioned = found.value
      found.value ||= before
      return mentioned ? JSON.stringify(withoutPersonal(clean, person.instead, '', false)) : value
    }
    const clean = value.replace(pattern, person.instead)
    if (clean !== value || isCustomer(key, value, person)) found.value = true
    return clean
  }
  if (typeof value === 'number' && isCustomer(key, String(value), person)) found.value = true
  if (typeof value !== 'object' || value === null || isRawJSON(value)) return value
  if (Array.isArray(value)) return value.map((part) => replaced(part, person, pattern, found, key))
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const cleanName = name.replace(pattern, person.instead)
      if (cleanName !== name) found.value = true
      return [cleanName, replaced(part, person, pattern, found, name)]
    }),
  )
}

const isCustomer = (key: string, value: string, { customer_ids }: Person) =>
  /^customer(_id)?$/.test(key) && customer_ids.includes(value)

/** Objects that describe a person. */
const PERSONS =
  /^(customer|user|buyer|payer|owner|contact|recipient|billing|shipping|collected|address|addresses)(_(details|address|information|info))?$/i
/** Fields that are personal in such an object, and in one that holds the address itself. */
const OF_PERSON =
  /^((first|last|full|given|family|display|public|business|company)_?)?name$|^(company|phone(_number)?|line1|line2|street\w*|city|state|postal_code|zip(_code)?|birthday|date_of_birth|avatar_url|vat_(number|id)|tax_ids?|tax_id)$/i
/** Fields that are personal wherever they stand. */
const ALWAYS =
  /^(customer|user|billing|shipping|buyer|payer|receipt|cardholder|card_holder|account_holder)_((first|last|full)_?)?(name|phone|number)$|^((customer|user|client)_)?(ip|ip_address|ip_country_address|user_agent)$|^(iban|last4|fingerprint|card_last_four|hosted_invoice_url|invoice_pdf|invoice_url|receipt_url|receipt|customer_portal\w*|update_payment_method\w*|update_customer_portal\w*)$/i

function withoutPersonal(value: unknown, instead: string, key: string, ofPerson: boolean): unknown {
  if (typeof value === 'string') {
    if (value === '' || value.includes(instead)) return value
    return ALWAYS.test(key) || (ofPerson && OF_PERSON.test(key)) ? ERASED : value
  }
  if (typeof value !== 'object' || value === null || isRawJSON(value)) return value
  // Tax numbers come as a list of objects with a type and a value.
  if (Array.isArray(value))
    return key === 'tax_ids' ? [] : value.map((part) => withoutPersonal(part, instead, key, ofPerson))
  const inside = ofPerson || PERSONS.test(key)
  const beside = inside || Object.values(value).some((part) => typeof part === 'string' && part.includes(instead))
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const deeper = typeof part === 'object' && part !== null
      return [name, withoutPersonal(part, instead, name, deeper ? inside : beside)]
    }),
  )
}

/** Any of the addresses, each character as itself or as addresses, pages and JSON write it; not as a part of a longer address. */
function patternOf(addresses: string[]): RegExp {
  const any = [...new Set(addresses)].map((address) => Array.from(address, spellingsOf).join('')).join('|')
  const before = String.raw`(?:(?<![\p{L}\p{N}_.+\-])|(?<=%[0-9a-f]{2}))`
  const after = String.raw`(?![\p{L}\p{N}_\-]|\.[\p{L}\p{N}])`
  return new RegExp(`${before}(?:${any})${after}`, 'giu')
}

function spellingsOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const bytes = [...new TextEncoder().encode(character)].map((byte) => byte.toString(16).padStart(2, '0'))
  const units = Array.from({ length: character.length }, (_, index) =>
    character.charCodeAt(index).toString(16).padStart(4, '0'),
  )
  return `(?:${[
    character.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`),
    bytes.map((byte) => `%(?:25)*${byte}`).join(''),
    units.map((unit) => String.raw`\\+u${unit}`).join(''),
    `&#0*${code};`,
    `&#x0*${code.toString(16)};`,
  ].join('|')})`
}
