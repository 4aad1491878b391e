/** Keeps what is shown up to date while somebody can see it. */
import { computed, effect } from '@preact/signals'
import type { Dashboard } from '../../server/public/widget/contract.ts'
import { surroundings } from '../host/surroundings.ts'
import { post } from './api.ts'
import { endSession } from './end-session.ts'
import { startLive } from './live.ts'
import { shownBy } from './shown.ts'
import { identityOf, type State } from './state.ts'

/** What is shown counts as up to date for so long when the page is looked at again, ms. */
const FRESH = 3_000

/** Until the answer is called. */
export function keepUpToDate(state: State): () => void {
  const { api, question, turn, shown } = state
  /** When the API said last that nothing has changed, ms. */
  let confirmed = 0

  /** Shows what changed without a word of it. false: it could not be asked. */
  async function refresh(): Promise<boolean> {
    const { signal: stop } = turn
    const before = shown.peek()
    const who = identityOf(state)
    const etag = (before.kind === 'dashboard' && before.etag) || undefined
    const answer = await post<Dashboard>(api.peek(), 'dashboard', { ...who, etag }, stop)
    // Something newer is shown by now.
    if (stop.aborted || shown.peek() !== before) return true
    if (answer.unchanged) confirmed = Date.now()
    else if (answer.success) shown.value = shownBy(answer.data, answer.etag)
    else if (answer.code === 'session_expired') endSession(state, who.token, false)
    return answer.success || Boolean(answer.unchanged)
  }

  const watching = computed(
    () =>
      shown.value.kind === 'dashboard' && !shown.value.ended && surroundings.visible.value && surroundings.online.value,
  )

  return effect(() => {
    const now = shown.peek()
    if (!watching.value || !question.value || now.kind !== 'dashboard') return undefined
    if (Date.now() - Math.max(now.at, confirmed) > FRESH) void refresh()
    const shows = (etag: string) => {
      const then = shown.peek()
      return then.kind === 'dashboard' && etag === then.etag
    }
    return startLive({ api: api.peek(), identity: identityOf(state), refresh, shows, streams: now.streams })
  })
}
