/** E-mail addresses as keys. */

/** What makes two spellings the same address for us: trimmed and without case. */
export const emailKey = (email: string): string => email.trim().toLowerCase()

/** The mailbox behind an address, for the self-referral check only: case and the plus-part folded (COMPAT: `a+b@c.d` is `a@c.d`). */
export function mailboxOf(email: string): string {
  const key = emailKey(email)
  const at = key.lastIndexOf('@')
  return `${key.slice(0, at).replace(/\+.*$/, '')}@${key.slice(at + 1)}`
}
