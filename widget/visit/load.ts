/** The first answer, and every one that takes the place of all that was shown before. */
import { batch } from '@preact/signals'
import { learn } from '../../locales/format.ts'
import type { Dashboard } from '../../server/public/widget/contract.ts'
import { emit } from '../host/events.ts'
import { fetchLanguage } from '../words/words.ts'
import { post } from './api.ts'
import { endSession } from './end-session.ts'
import { keepSession, sameAddress } from './session.ts'
import { addressIn, shownBy } from './shown.ts'
import { identityOf, type State } from './state.ts'

export async function load(state: State) {
  const { api, turn, shown, language, announce } = state
  const stop = turn.begin()
  turn.settle()
  const who = identityOf(state)
  makeRoom(state)
  void fetchLanguage(api.peek(), language.peek().code)
  const { locale } = language.peek()
  const answer = await post<Dashboard>(api.peek(), 'dashboard', { ...who, locale }, stop)
  if (stop.aborted) return
  if (answer.texts) learn(locale, answer.texts)
  if (!answer.success && answer.code === 'session_expired' && who.token) return endSession(state, who.token, false)
  if (!answer.success) {
    shown.value = { kind: 'problem', code: answer.code }
    emit('error', { code: answer.code, message: answer.error })
    return
  }
  shown.value = shownBy(answer.data, answer.etag)
  announce.opened(answer.data.affiliate?.email ?? '')
}

/** A dashboard stays in sight while its own affiliate asks for it again. */
function makeRoom({ shown, visitor, project }: State) {
  const before = shown.peek()
  const stays = sameAddress(addressIn(before), visitor.email.peek())
  const ended = before.kind === 'dashboard' && before.ended
  batch(() => {
    if (!stays) shown.value = { kind: 'loading' }
    else if (ended) shown.value = { ...before, ended: null }
    if (ended && !visitor.session.peek()) keepSession(project.peek(), null)
  })
}
