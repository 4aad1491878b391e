/** What one widget knows: who is looking, what the API answered, which words and colours to use. Blocks only read it. */
import { batch, computed, effect, signal, type ReadonlySignal } from '@preact/signals'
import type {
  AffiliateDashboard,
  CodeSent,
  Dashboard,
  Identity,
  Joined,
  JoinForm,
  LoggedIn,
} from '../../server/public/widget/contract.ts'
import { learn } from '../../locales/format.ts'
import { actionsWith, outcomeOf, type Actions, type Outcome } from './actions.ts'
import { post, type Reply } from './api.ts'
import { complete, completeAffiliate, isCurrent } from './complete.ts'
import { emit, emitReady } from '../host/events.ts'
import { chooseLanguage } from '../words/language.ts'
import { fetchLanguage, wordsOf, type Words } from '../words/words.ts'
import { startLive } from './live.ts'
import { lookOf, styleOf } from '../look/colors.ts'
import { keepSession, sameAddress, sessionOf } from './session.ts'
import { chosen, surroundings, visitorOf, type Attributes } from './visitor.ts'

export type View = { kind: 'loading' } | { kind: 'problem'; code: string } | { kind: 'open'; dashboard: Dashboard }

export interface Widget {
  view: ReadonlySignal<View>
  /** The log-in has ended; `urgent`: somebody wanted to do something with it. Its dashboard is shown all the same. */
  ended: ReadonlySignal<{ email: string; urgent: boolean } | null>
  words: ReadonlySignal<Words>
  /** The colours, as the text of a style. */
  look: ReadonlySignal<string>
  /** The address we take the visitor for, if any. */
  email: ReadonlySignal<string>
  /** Whether the host page or a log-in vouches for that address, so that a dashboard may be expected. */
  vouched: ReadonlySignal<boolean>
  /** Was there a log-in when the page was opened, which is over now? */
  lapsed: ReadonlySignal<boolean>
  loggedIn: ReadonlySignal<boolean>
  /** From the address of the page: an invitation to the programme. */
  invite: () => string | undefined
  actions: Actions
  load: () => Promise<void>
  /** Joins at once where the host page vouches for the address; else a code is mailed, which `login` takes. */
  join: (email: string, fields: JoinForm['fields']) => Promise<Sent>
  sendCode: (email: string) => Promise<Sent>
  login: (email: string, code: string) => Promise<Outcome>
  logout: () => void
  close: () => void
}

/** `minutes` a code that was mailed is good for; 0: none was. */
export type Sent = Outcome & { minutes: number }

/** What is shown counts as up to date for so long when the page is looked at again, ms. */
const FRESH = 3_000

export function openWidget(attributes: ReadonlySignal<Attributes>): Widget {
  const view = signal<View>({ kind: 'loading' })
  const ended = signal<{ email: string; urgent: boolean } | null>(null)
  const lapsed = signal('')
  const closing = new AbortController()
  let underWay: AbortController | undefined
  let announced = ''
  /** What goes with the code that was asked for last. */
  let awaited: { challenge: string; join?: JoinForm } | undefined
  /** The question that what is shown, or under way, answers. */
  let asked = ''
  let shown = { etag: '', at: 0, streams: true, edition: 0 }
  const invited = invitation()

  const visitor = visitorOf(attributes)
  const api = computed(() => attributes.value.api)
  const project = computed(() => attributes.value.project)
  const request = () => JSON.parse(visitor.question.peek()) as Identity
  const key = computed(() => `${api.value} ${visitor.question.value}`)
  const language = computed(() => {
    const tag = chosen.language.value || attributes.value.lang
    return chooseLanguage(tag ? [tag] : surroundings.language.value)
  })

  function startOver() {
    // Not for nothing: the error it makes has the browser read the whole script once more, for its line.
    underWay?.abort()
    underWay = new AbortController()
    return underWay.signal
  }

  function announce(address = '') {
    if (address && address !== announced) emit('affiliate:login', { email: address })
    announced = address
  }

  function show(dashboard: Dashboard, etag = '') {
    shown = { etag, at: Date.now(), streams: isCurrent(dashboard), edition: shown.edition + 1 }
    view.value = { kind: 'open', dashboard: complete(dashboard) }
  }

  function showAffiliate(affiliate: AffiliateDashboard) {
    const before = view.peek()
    if (before.kind !== 'open') return
    shown = { ...shown, etag: '', edition: shown.edition + 1 }
    view.value = {
      kind: 'open',
      dashboard: { ...before.dashboard, proven: true, affiliate: completeAffiliate(affiliate) },
    }
  }

  const shownAddress = () => {
    const now = view.peek()
    return now.kind === 'open' ? now.dashboard.affiliate?.email : undefined
  }

  /** Keeps what is shown, with all that was typed into it, until somebody has logged in again. */
  function endSession(token: string | undefined, urgent: boolean) {
    const session = visitor.session.peek()
    if (!session || session.token !== token) return
    batch(() => {
      if (shownAddress()) {
        // Stored until there is another one: who opens the page anew is led to the log-in with his address.
        sessionOf(project.peek()).value = null
        ended.value = { email: session.email, urgent }
        asked = key.peek()
      } else {
        keepSession(project.peek(), null)
        lapsed.value = session.email
      }
    })
  }

  async function load() {
    const stop = startOver()
    asked = key.peek()
    const who = request()
    const stays = sameAddress(shownAddress() ?? '', visitor.email.peek())
    batch(() => {
      if (!stays) view.value = { kind: 'loading' }
      if (ended.peek() && !visitor.session.peek()) keepSession(project.peek(), null)
      ended.value = null
    })
    void fetchLanguage(api.peek(), language.peek().code)
    const { locale } = language.peek()
    const answer = await post<Dashboard>(api.peek(), 'dashboard', { ...who, locale }, stop)
    if (stop.aborted) return
    if (answer.texts) learn(locale, answer.texts)
    if (!answer.success && answer.code === 'session_expired' && who.token) return endSession(who.token, false)
    if (!answer.success) {
      view.value = { kind: 'problem', code: answer.code }
      emit('error', { code: answer.code, message: answer.error })
      return
    }
    show(answer.data, answer.etag)
    emitReady()
    announce(answer.data.affiliate?.email)
  }

  /** Shows what changed without a word of it. false: it could not be asked. */
  async function refresh(): Promise<boolean> {
    const { signal: stop } = underWay!
    const { edition, etag } = shown
    const who = request()
    const answer = await post<Dashboard>(api.peek(), 'dashboard', { ...who, etag: etag || undefined }, stop)
    // Something newer is shown by now.
    if (stop.aborted || edition !== shown.edition) return true
    if (answer.unchanged) shown.at = Date.now()
    else if (answer.success) show(answer.data, answer.etag)
    else if (answer.code === 'session_expired') endSession(who.token, false)
    return answer.success || Boolean(answer.unchanged)
  }

  /** What goes wrong is told to the page too; an answer that nobody waits for any more is not. */
  async function ask<T>(path: string, more: object = {}): Promise<Reply<T>> {
    const who = request()
    const answer = await post<T>(api.peek(), path, { ...who, ...more }, closing.signal)
    if (answer.success || closing.signal.aborted) return answer
    if (answer.code === 'session_expired') endSession(who.token, true)
    emit('error', { code: answer.code, message: answer.error })
    return answer
  }

  /** The host page's word is left out: it would be another address's. */
  const NOBODY = { hash: undefined, hash_at: undefined, token: undefined }

  function sent(answer: Reply<Joined | CodeSent>, form?: JoinForm): Sent {
    const { challenge = '', minutes = 0 } = answer.success ? (answer.data as Partial<CodeSent>) : {}
    if (challenge) awaited = { challenge, ...(form && { join: form }) }
    return { ...outcomeOf(answer), minutes }
  }

  async function join(address: string, fields: JoinForm['fields']): Promise<Sent> {
    const question = asked
    const own = sameAddress(address, request().email ?? '')
    const form = { fields, invite: invite(), language: language.peek().code }
    const answer = await ask<Joined | CodeSent>('join', { ...(!own && NOBODY), email: address, ...form })
    if (answer.success && question === asked && 'affiliate' in answer.data) {
      showAffiliate(answer.data.affiliate)
      emit('affiliate:signup', { email: address })
    }
    return sent(answer, form)
  }

  async function sendCode(email: string): Promise<Sent> {
    return sent(await ask<CodeSent>('code', { ...NOBODY, email, language: language.peek().code }))
  }

  async function login(email: string, code: string): Promise<Outcome> {
    const question = asked
    const answer = await ask<LoggedIn>('login', { ...NOBODY, email, code, ...awaited })
    if (answer.success && question === asked) {
      const { token, joined, dashboard } = answer.data
      startOver()
      batch(() => {
        keepSession(project.peek(), { token, email, host: visitor.hostEmail.peek() })
        asked = key.peek()
        ended.value = null
        lapsed.value = ''
        show(dashboard)
      })
      emitReady()
      if (joined) emit('affiliate:signup', { email })
      announce(dashboard.affiliate?.email)
    }
    return outcomeOf(answer)
  }

  function logout() {
    const who = request()
    void post(api.peek(), 'logout', who, new AbortController().signal)
    announced = ''
    keepSession(project.peek(), null)
    emit('affiliate:logout', { email: who.email ?? '' })
  }

  const invite = () => invited ?? invitation()

  const watching = computed(
    () =>
      view.value.kind === 'open' &&
      Boolean(view.value.dashboard.affiliate) &&
      !ended.value &&
      surroundings.visible.value &&
      surroundings.online.value,
  )

  const stops = [
    effect(() => {
      void fetchLanguage(api.value, language.value.code)
    }),
    effect(() => {
      if (view.value.kind !== 'loading' && visitor.stray.value) keepSession(project.value, null)
    }),
    effect(() => {
      if (api.value && project.value && key.value !== asked) void load()
    }),
    effect(() => {
      if (!watching.value || !key.value) return undefined
      if (Date.now() - shown.at > FRESH) void refresh()
      const { streams } = shown
      const shows = (etag: string) => etag === shown.etag
      return startLive({ api: api.peek(), identity: request(), refresh, shows, streams })
    }),
  ]

  return {
    view,
    ended,
    load,
    join,
    sendCode,
    login,
    logout,
    invite,
    actions: actionsWith(ask, showAffiliate),
    email: computed(() => visitor.email.value || lapsed.value),
    vouched: visitor.vouched,
    lapsed: computed(() => lapsed.value !== ''),
    loggedIn: computed(() => visitor.session.value !== null),
    words: computed(() => wordsOf(language.value)),
    look: computed(() => {
      const { value } = view
      const appearance = value.kind === 'open' ? value.dashboard.program.appearance : null
      return styleOf(lookOf(appearance, surroundings.dark.value))
    }),
    close() {
      underWay?.abort()
      closing.abort()
      for (const stop of stops) stop()
    },
  }
}

const invitation = () => new URLSearchParams(location.search).get('refgrow_invite') ?? undefined
