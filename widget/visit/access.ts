/** Coming in and going out: joining, the code that proves an address, logging in with it, logging out. */
import { batch } from '@preact/signals'
import type { CodeSent, Joined, JoinForm, LoggedIn } from '../../server/public/widget/contract.ts'
import { emit } from '../host/events.ts'
import { post, type Reply } from './api.ts'
import { ask, outcomeOf, type Outcome } from './ask.ts'
import { keepSession, sameAddress } from './session.ts'
import { shownBy, withAffiliate } from './shown.ts'
import { identityOf, type State } from './state.ts'

export interface Access {
  /** Joins at once where the host page vouches for the address; else a code is mailed, which `login` takes. */
  join: (email: string, fields: JoinForm['fields']) => Promise<Sent>
  sendCode: (email: string) => Promise<Sent>
  login: (email: string, code: string) => Promise<Outcome>
  logout: () => void
  /** From the address of the page: an invitation to the program. */
  invite: () => string | undefined
}

/** `minutes` a code that was mailed is good for; 0: none was. */
export type Sent = Outcome & { minutes: number }

/** The host page's word is left out: it would be another address's. */
const NOBODY = { hash: undefined, hash_at: undefined, token: undefined }

export function accessOf(state: State): Access {
  const { api, project, language, visitor, turn, shown, lapsed, announce } = state
  const invited = invitation()
  /** What goes with the code that was asked for last. */
  let awaited: { challenge: string; join?: JoinForm } | undefined

  const invite = () => invited ?? invitation()

  function sent(answer: Reply<Joined | CodeSent>, form?: JoinForm): Sent {
    const { challenge = '', minutes = 0 } = answer.success ? (answer.data as Partial<CodeSent>) : {}
    if (challenge) awaited = { challenge, ...(form && { join: form }) }
    return { ...outcomeOf(answer), minutes }
  }

  async function join(address: string, fields: JoinForm['fields']): Promise<Sent> {
    const { asked } = turn
    const own = sameAddress(address, identityOf(state).email ?? '')
    const form = { fields, invite: invite(), language: language.peek().code }
    const answer = await ask<Joined | CodeSent>(state, 'join', { ...(!own && NOBODY), email: address, ...form })
    if (answer.success && asked === turn.asked && 'affiliate' in answer.data) {
      shown.value = withAffiliate(shown.peek(), answer.data.affiliate)
      emit('affiliate:signup', { email: address })
    }
    return sent(answer, form)
  }

  async function sendCode(email: string): Promise<Sent> {
    return sent(await ask<CodeSent>(state, 'code', { ...NOBODY, email, language: language.peek().code }))
  }

  async function login(email: string, code: string): Promise<Outcome> {
    const { asked } = turn
    const answer = await ask<LoggedIn>(state, 'login', { ...NOBODY, email, code, ...awaited })
    if (answer.success && asked === turn.asked) enter(email, answer.data)
    return outcomeOf(answer)
  }

  function enter(email: string, { token, joined, dashboard }: LoggedIn) {
    turn.begin()
    batch(() => {
      keepSession(project.peek(), { token, email, host: visitor.hostEmail.peek() })
      turn.settle()
      lapsed.value = ''
      shown.value = shownBy(dashboard)
    })
    if (joined) emit('affiliate:signup', { email })
    announce.opened(dashboard.affiliate?.email ?? '')
  }

  function logout() {
    const who = identityOf(state)
    void post(api.peek(), 'logout', who, new AbortController().signal)
    keepSession(project.peek(), null)
    announce.left(who.email ?? '')
  }

  return { join, sendCode, login, logout, invite }
}

const invitation = () => new URLSearchParams(location.search).get('refgrow_invite') ?? undefined
