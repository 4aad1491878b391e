/** What went wrong, in the reader's words. A code we do not know is our own fault. */
import type { Translate, WordKey } from './words.ts'

const KNOWN = new Set([
  'offline',
  'unreachable',
  'wrong_hash',
  'wrong_code',
  'project_not_found',
  'nothing_to_pay',
  'invalid_request',
  'rate_limited',
])

/** Said elsewhere already. */
const ELSEWHERE: Record<string, WordKey> = {
  session_expired: 'login.expired',
  invite_needed: 'join.invite_needed',
  code_taken: 'share.slug_taken',
}

export const problemText = (code: string, t: Translate, email = '') =>
  t(ELSEWHERE[code] ?? (`problem.${KNOWN.has(code) ? code : 'internal'}` as WordKey), { email })
