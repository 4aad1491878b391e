/** Whose turn it is: a visit answers one question at a time, and drops the answers to those before. */
import type { ReadonlySignal } from '@preact/signals'

export interface Turn {
  /** The question that what is shown, or under way, answers. */
  readonly asked: string
  /** Aborted as soon as a newer request takes the place of the one under way. */
  readonly signal: AbortSignal
  /** Gives up the request under way. */
  begin: () => AbortSignal
  /** What is shown counts as the answer to the question as it is now. */
  settle: () => void
  end: () => void
}

export function turnOf(question: ReadonlySignal<string>): Turn {
  let asked = ''
  let underWay: AbortController | undefined
  return {
    get asked() {
      return asked
    },
    get signal() {
      return underWay!.signal
    },
    begin() {
      // Not for nothing: the error it makes has the browser read the whole script once more, for its line.
      underWay?.abort()
      underWay = new AbortController()
      return underWay.signal
    },
    settle() {
      asked = question.peek()
    },
    end: () => underWay?.abort(),
  }
}
