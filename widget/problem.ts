/** What went wrong, in the reader's words. A code we do not know is our own fault. */
import type { Translate, WordKey } from './i18n.ts'

const KNOWN = new Set(['offline', 'unreachable', 'wrong_hash', 'project_not_found', 'already_joined', 'rate_limited'])

export const problemText = (code: string, t: Translate, email = '') =>
  t(`problem.${KNOWN.has(code) ? code : 'internal'}` as WordKey, { email })
