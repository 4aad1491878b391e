/** What happens when the API does not take a log-in any more. */
import { batch } from '@preact/signals'
import { keepSession, sessionOf } from './session.ts'
import type { State } from './state.ts'

/** Keeps what is shown, with all that was typed into it, until somebody has logged in again. @param token that was refused */
export function endSession(state: State, token: string | undefined, urgent: boolean) {
  const { project, visitor, shown, turn, lapsed } = state
  const session = visitor.session.peek()
  if (!session || session.token !== token) return
  batch(() => {
    const now = shown.peek()
    if (now.kind === 'dashboard') {
      // Stored until there is another one: who opens the page anew is led to the log-in with their address.
      sessionOf(project.peek()).value = null
      shown.value = { ...now, ended: { email: session.email, urgent } }
      turn.settle()
    } else {
      keepSession(project.peek(), null)
      lapsed.value = session.email
    }
  })
}
