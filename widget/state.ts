/** What one widget knows: who is looking, what the API answered, which words and colours to use. Blocks only read it. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals'
import type { Dashboard, DashboardRequest } from '../server/public/widget-contract.ts'
import { fetchDashboard, sendJoin } from './api.ts'
import { emit, emitReady } from './events.ts'
import { chooseLanguage, fetchLanguage, wordsOf, type Words } from './i18n.ts'
import { lookOf, type Look } from './look.ts'

/** What the element's attributes say. */
export interface Attributes {
  api: string
  project: string
  email: string
  hash: string
  lang: string
}

export type View = { kind: 'loading' } | { kind: 'problem'; code: string } | { kind: 'open'; dashboard: Dashboard }

export type Joining =
  | { kind: 'idle' }
  | { kind: 'sending' }
  | { kind: 'problem'; code: string; email: string }
  /** Joined without proof of the e-mail: nothing but the link may be shown. */
  | { kind: 'joined'; code: string }

export interface Widget {
  view: ReadonlySignal<View>
  joining: ReadonlySignal<Joining>
  words: ReadonlySignal<Words>
  look: ReadonlySignal<Look>
  /** The address the host page gave us, if any. */
  email: ReadonlySignal<string>
  /** Whether the host page vouches for that address, so that a dashboard may be expected. */
  vouched: ReadonlySignal<boolean>
  load: () => Promise<void>
  join: (email: string) => Promise<void>
  close: () => void
}

/** Decided for all widgets of the page at once, through `Refgrow.identify` and `Refgrow.setLanguage`. */
export const chosen = {
  identity: signal<{ email: string; hash: string } | null>(null),
  language: signal(''),
}

/** What the browser and the page say; page-wide listeners keep it up to date. */
export const surroundings = { dark: signal(false), language: signal<string[]>([]) }

export function openWidget(attributes: ReadonlySignal<Attributes>): Widget {
  const view = signal<View>({ kind: 'loading' })
  const joining = signal<Joining>({ kind: 'idle' })
  let underWay = new AbortController()
  let announced = ''

  const identity = computed(() => chosen.identity.value ?? attributes.value)
  const email = computed(() => identity.value.email)
  const api = computed(() => attributes.value.api)
  const project = computed(() => attributes.value.project)
  // A string, so that attributes which do not matter to the API do not ask it again.
  const question = computed(() =>
    JSON.stringify({
      project_id: project.value,
      email: email.value || undefined,
      hash: (email.value && identity.value.hash) || undefined,
    } satisfies DashboardRequest),
  )
  const request = () => JSON.parse(question.peek()) as DashboardRequest

  const language = computed(() => {
    const tag = chosen.language.value || attributes.value.lang
    return chooseLanguage(tag ? [tag] : surroundings.language.value)
  })

  function startOver() {
    underWay.abort()
    underWay = new AbortController()
    return underWay.signal
  }

  function announce(address = '') {
    if (address && address !== announced) emit('affiliate:login', { email: address })
    announced = address
  }

  async function load() {
    const stop = startOver()
    view.value = { kind: 'loading' }
    joining.value = { kind: 'idle' }
    const answer = await fetchDashboard(api.peek(), request(), stop)
    if (stop.aborted) return
    if (!answer.success) {
      view.value = { kind: 'problem', code: answer.code }
      emit('error', { code: answer.code, message: answer.error })
      return
    }
    view.value = { kind: 'open', dashboard: answer.data }
    emitReady()
    announce(answer.data.affiliate?.email)
  }

  async function join(address: string) {
    const before = view.peek()
    if (before.kind !== 'open') return
    const stop = startOver()
    joining.value = { kind: 'sending' }
    const asked = request()
    // A signature vouches for the page's own visitor only.
    const answer = await sendJoin(
      api.peek(),
      { ...asked, email: address, hash: address === asked.email ? asked.hash : undefined },
      stop,
    )
    if (stop.aborted) return
    if (!answer.success) {
      joining.value = { kind: 'problem', code: answer.code, email: address }
      emit('error', { code: answer.code, message: answer.error })
      return
    }
    const { affiliate, referral_code: code } = answer.data
    joining.value = affiliate ? { kind: 'idle' } : { kind: 'joined', code }
    if (affiliate) view.value = { kind: 'open', dashboard: { ...before.dashboard, proven: true, affiliate } }
    emit('affiliate:signup', { email: address })
  }

  const stops = [
    effect(() => {
      void fetchLanguage(api.value, language.value.code)
    }),
    effect(() => {
      if (api.value && question.value && project.value) void load()
    }),
  ]

  return {
    view,
    joining,
    email,
    load,
    join,
    vouched: computed(() => Boolean(email.value && identity.value.hash)),
    words: computed(() => wordsOf(language.value)),
    look: computed(() => {
      const { value } = view
      return lookOf(value.kind === 'open' ? value.dashboard.program.appearance : null, surroundings.dark.value)
    }),
    close() {
      underWay.abort()
      for (const stop of stops) stop()
    },
  }
}
