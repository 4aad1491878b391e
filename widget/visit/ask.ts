/** Asks the API for something that somebody wants done, in the visitor's name. */
import { emit } from '../host/events.ts'
import { post, type Reply } from './api.ts'
import { endSession } from './end-session.ts'
import { identityOf, type State } from './state.ts'

/** `code` is the contract's (or `unreachable`, `offline`); `field` names the input that was wrong. */
export type Outcome = { ok: true } | { ok: false; code: string; field?: string }

/** What goes wrong is told to the page too; an answer that nobody waits for any more is not. */
export async function ask<T>(state: State, path: string, more: object = {}): Promise<Reply<T>> {
  const { api, closing } = state
  const who = identityOf(state)
  const answer = await post<T>(api.peek(), path, { ...who, ...more }, closing.signal)
  if (answer.success || closing.signal.aborted) return answer
  if (answer.code === 'session_expired') endSession(state, who.token, true)
  emit('error', { code: answer.code, message: answer.error })
  return answer
}

export function outcomeOf(answer: Reply<unknown>): Outcome {
  if (answer.success) return { ok: true }
  // `fields.website` and `method.account` are the inputs `website` and `account`.
  const field = answer.field?.split('.').at(-1)
  return { ok: false, code: answer.code, ...(field && { field }) }
}
