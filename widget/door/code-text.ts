/** Codes as people type and paste them. */

/** The code in a text: 32 letters and digits, or else six digits, also of Arabic, Persian and full-width keyboards. */
export const codeOf = (text: string) =>
  /[0-9a-f]{32}/.exec(text)?.[0] ??
  text
    .replaceAll(/[٠-٩۰-۹０-９]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .replaceAll(/\D/g, '')
    .slice(0, 6)

export const isWhole = (code: string) => code.length > 5
