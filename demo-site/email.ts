/** Is this an e-mail address? Only a letter sent to it would tell for sure. */
export const looksLikeEmail = (text: string) => text.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)

export const askForEmail = 'Enter an e-mail address, for example ann@example.com.'

/** The address in a submitted form; empty when there is none. */
export function emailIn(form: unknown): string {
  const email = (form as { email?: unknown } | undefined)?.email
  return typeof email === 'string' ? email.trim() : ''
}
