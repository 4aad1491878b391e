/** Email addresses as keys, and the mailboxes behind them. */
import { hash } from 'node:crypto'
import { foldedDomain, tidyEmail } from './email-address.ts'

/** What makes two spellings the same address for us: trimmed, without case, the domain as DNS has it (`xn--mller-kva.de`). */
export function emailKey(email: string): string {
  const key = tidyEmail(email).toLowerCase()
  const at = key.lastIndexOf('@') + 1
  return key.slice(0, at) + foldedDomain(key.slice(at))
}

/**
 * How mail hosts fold the spellings of one mailbox (docs/programme.md lists them): which domains are the same mailbox, what
 * separates a tag from the name, and which characters of the name do not count.
 */
const HOSTS: { domains: RegExp; as?: string; tag?: RegExp; name?: (name: string) => string }[] = [
  { domains: /^(gmail|googlemail)\.com$/, as: 'gmail.com', name: (name) => name.replaceAll('.', '') },
  {
    domains: /^(proton\.me|protonmail\.(com|ch)|pm\.me)$/,
    as: 'proton.me',
    name: (name) => name.replaceAll(/[._-]/g, ''),
  },
  { domains: /^(icloud|me|mac)\.com$/, as: 'icloud.com' },
  // A disposable address of Yahoo is BASE-KEYWORD.
  { domains: /^(yahoo|ymail|rocketmail)\./, tag: /[+-].*$/ },
  {
    domains: /^(yandex\.(ru|com|by|kz|ua|uz|com\.tr|com\.ua)|ya\.ru)$/,
    as: 'yandex.ru',
    name: (name) => name.replaceAll('.', '-'),
  },
]

/**
 * The mailbox behind an address, for the self-referral check only: case, the plus-part (COMPAT: `a+b@c.d` is `a@c.d`) and what
 * big mail hosts fold.
 */
export function mailboxOf(email: string): string {
  const key = emailKey(email)
  const at = key.lastIndexOf('@')
  const domain = key.slice(at + 1)
  // Fastmail takes `anything@name.fastmail.com` for `name@fastmail.com`.
  const fastmail = /^([^.]+)\.(fastmail\.(?:com|fm))$/.exec(domain)
  if (fastmail) return `${fastmail[1]}@${fastmail[2]}`
  const host = HOSTS.find(({ domains }) => domains.test(domain))
  const name = key.slice(0, at).replace(host?.tag ?? /\+.*$/, '')
  return `${host?.name?.(name) ?? name}@${host?.as ?? domain}`
}

/** A mailbox in a form that can be compared and not read: of the address that payouts go to. */
export const mailboxHash = (projectId: number, email: string): string =>
  hash('sha256', `mailbox ${projectId} ${mailboxOf(email)}`)
