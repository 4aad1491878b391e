/** One visit to one element: who is looking, what the API answered, which words and colors to use. Blocks only read it. */
import { computed, effect, type ReadonlySignal } from '@preact/signals'
import type { Attributes } from '../host/attributes.ts'
import { surroundings } from '../host/surroundings.ts'
import { lookOf, styleOf } from '../look/colors.ts'
import { fetchLanguage, wordsOf, type Words } from '../words/words.ts'
import { accessOf, type Access } from './access.ts'
import { actionsOf, type Actions } from './actions.ts'
import { load } from './load.ts'
import { keepSession } from './session.ts'
import type { Shown } from './shown.ts'
import { stateOf, type State } from './state.ts'
import { keepUpToDate } from './update.ts'

export interface Visit extends Access {
  shown: ReadonlySignal<Shown>
  words: ReadonlySignal<Words>
  /** The colors, as the text of a style. */
  look: ReadonlySignal<string>
  /** The address we take the visitor for, if any. */
  email: ReadonlySignal<string>
  /** Whether the host page or a log-in vouches for that address, so that a dashboard may be expected. */
  vouched: ReadonlySignal<boolean>
  /** Was there a log-in when the page was opened, which is over now? */
  lapsed: ReadonlySignal<boolean>
  loggedIn: ReadonlySignal<boolean>
  actions: Actions
  load: () => Promise<void>
  close: () => void
}

export function openVisit(attributes: ReadonlySignal<Attributes>): Visit {
  const state = stateOf(attributes)
  const { shown, visitor, language, lapsed } = state
  const access = accessOf(state)
  const stops = [fetchWords(state), forgetStrays(state), answerQuestions(state), keepUpToDate(state)]
  return {
    ...access,
    shown,
    words: computed(() => wordsOf(language.value)),
    look: computed(() => {
      const appearance = 'program' in shown.value ? shown.value.program.appearance : null
      return styleOf(lookOf(appearance, surroundings.dark.value))
    }),
    email: computed(() => visitor.email.value || lapsed.value),
    vouched: visitor.vouched,
    lapsed: computed(() => lapsed.value !== ''),
    loggedIn: computed(() => visitor.session.value !== null),
    actions: actionsOf(state),
    load: () => load(state),
    close() {
      state.turn.end()
      state.closing.abort()
      for (const stop of stops) stop()
    },
  }
}

const fetchWords = ({ api, language }: State) =>
  effect(() => {
    void fetchLanguage(api.value, language.value.code)
  })

/** A log-in ends when the host page speaks of somebody else. */
const forgetStrays = ({ shown, visitor, project }: State) =>
  effect(() => {
    if (shown.value.kind !== 'loading' && visitor.stray.value) keepSession(project.value, null)
  })

/** Asks whenever the question is another one. */
const answerQuestions = (state: State) =>
  effect(() => {
    const { api, project, question, turn } = state
    if (api.value && project.value && question.value !== turn.asked) void load(state)
  })
