/** What the steps of a visit share: who it is, in what language, what is shown. */
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import type { Identity } from '../../server/public/widget/contract.ts'
import type { Attributes } from '../host/attributes.ts'
import { chosen } from '../host/chosen.ts'
import { surroundings } from '../host/surroundings.ts'
import { chooseLanguage, type Language } from '../words/language.ts'
import { announcer, type Announcer } from './announce.ts'
import type { Shown } from './shown.ts'
import { turnOf, type Turn } from './turn.ts'
import { visitorOf, type Visitor } from './visitor.ts'

export interface State {
  api: ReadonlySignal<string>
  project: ReadonlySignal<string>
  visitor: Visitor
  language: ReadonlySignal<Language>
  /** Who asks which API: another question, another dashboard. */
  question: ReadonlySignal<string>
  turn: Turn
  shown: Signal<Shown>
  /** Whose log-in was over when the page was opened; empty: nobody's. */
  lapsed: Signal<string>
  announce: Announcer
  closing: AbortController
}

export function stateOf(attributes: ReadonlySignal<Attributes>): State {
  const visitor = visitorOf(attributes)
  const api = computed(() => attributes.value.api)
  const question = computed(() => `${api.value} ${visitor.question.value}`)
  return {
    api,
    project: computed(() => attributes.value.project),
    visitor,
    language: computed(() => {
      const tag = chosen.language.value || attributes.value.lang
      return chooseLanguage(tag ? [tag] : surroundings.language.value)
    }),
    question,
    turn: turnOf(question),
    shown: signal<Shown>({ kind: 'loading' }),
    lapsed: signal(''),
    announce: announcer(),
    closing: new AbortController(),
  }
}

/** Who is asking, as every request says it. */
export const identityOf = ({ visitor }: State) => JSON.parse(visitor.question.peek()) as Identity
