/**
 * `window.Refgrow`: one function with properties, shared with the tracker. Whichever script comes first makes it, the
 * other adds to it; what is there already goes on being called, so that neither needs to know the other.
 */

export interface Refgrow {
  (...call: unknown[]): unknown
  q?: unknown[]
  init?(...args: unknown[]): unknown
  reset?(...args: unknown[]): unknown
  on?(event: string, listener: (detail: unknown) => void): () => void
  identify?(email?: string | null, hash?: string | null): void
  setLanguage?(language?: string | null): void
  /** Set once page.js runs: a second copy of the script only looks for new elements. */
  widgets?: { scan(): void }
}

const page = window as unknown as { Refgrow?: Refgrow; RefgrowNoAutoInit?: boolean }

export const mayStart = () => !page.RefgrowNoAutoInit

/** The page's function; without the tracker a stub that keeps calls for it, as the snippet of the documentation does. */
export function refgrow(): Refgrow {
  const found = page.Refgrow as Refgrow | undefined
  if (typeof found === 'function') return found
  const stub: Refgrow = (...call) => {
    const now = page.Refgrow!
    now.q ??= []
    now.q.push(call)
    return Promise.resolve()
  }
  page.Refgrow = Object.assign(stub, found)
  return page.Refgrow
}

/** Adds what page.js does to what the tracker may already do under the same name. */
export function extend(target: Refgrow, own: Required<Pick<Refgrow, 'init' | 'reset' | 'on'>>) {
  const { init, reset, on } = target
  target.init = (...args) => {
    own.init()
    return init?.(...args)
  }
  target.reset = (...args) => {
    own.reset()
    return reset?.(...args)
  }
  target.on = (event, listener) => {
    const stops = [own.on(event, listener), on?.(event, listener)]
    return () => stops.forEach((stop) => stop?.())
  }
}
