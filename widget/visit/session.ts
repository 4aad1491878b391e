/** The log-in that this browser remembers, per project: an opaque token and the address it stands for. */
import { signal, type Signal } from '@preact/signals'

export interface Session {
  token: string
  email: string
  /** The address the host page gave when somebody logged in with this other one: they wanted it so. */
  host?: string
}

const PREFIX = 'refgrow.session '
const sessions = new Map<string, Signal<Session | null>>()

/** Shared by all widgets of a project: who logs in with one of them is logged in with all. */
export function sessionOf(project: string): Signal<Session | null> {
  const known = sessions.get(project) ?? signal(stored(project))
  sessions.set(project, known)
  return known
}

/** null forgets it. Where the page may not store anything it lasts as long as the page. */
export function keepSession(project: string, session: Session | null) {
  try {
    if (session) localStorage.setItem(PREFIX + project, JSON.stringify(session))
    else localStorage.removeItem(PREFIX + project)
  } catch {
    // Storage is forbidden, or full.
  }
  sessionOf(project).value = session
}

/** Another tab of this site logged in or out. */
export function rereadSessions({ key }: { key: string | null }) {
  for (const [project, session] of sessions) {
    if (key === null || key === PREFIX + project) session.value = stored(project)
  }
}

export const sameAddress = (one: string, other: string) => one.trim().toLowerCase() === other.trim().toLowerCase()

function stored(project: string): Session | null {
  try {
    const { token, email, host = '' } = JSON.parse(localStorage.getItem(PREFIX + project) ?? '{}') as Partial<Session>
    return typeof token === 'string' && typeof email === 'string' ? { token, email, host } : null
  } catch {
    return null
  }
}
