/**
 * `window.Refgrow`: one function with properties, shared with the tracker. Whichever script comes first makes it, the
 * other adds to it; what is there already goes on being called, so that neither needs to know the other.
 */

export interface Refgrow {
  (...call: unknown[]): unknown
  q?: unknown[]
  init?: (...args: unknown[]) => unknown
  reset?: (...args: unknown[]) => unknown
  on?: (event: string, listener: (detail: unknown) => void) => () => void
  /** `at`: Unix seconds, where the hash is made over them too. */
  identify?: (email?: string | null, hash?: string | null, at?: number | string | null) => void
  setLanguage?: (language?: string | null) => void
  /** Set once page.js runs: a second copy of the script only looks for new elements. */
  widgets?: { scan: () => void }
}

type Methods = Required<Pick<Refgrow, 'init' | 'reset' | 'on' | 'identify' | 'setLanguage' | 'widgets'>>

const page = window as unknown as { Refgrow?: Refgrow; RefgrowNoAutoInit?: boolean }

export const mayStart = () => !page.RefgrowNoAutoInit

/** The page's function; without the tracker a stub that keeps calls for it, as the documentation's snippet does. */
export function refgrow(): Refgrow {
  const found = page.Refgrow
  if (typeof found === 'function') return found
  const stub: Refgrow = (...call) => {
    const queue = (page.Refgrow!.q ??= [])
    queue.push(call)
    return Promise.resolve()
  }
  page.Refgrow = Object.assign(stub, found)
  return page.Refgrow
}

/** Adds our methods, also to a function that another script puts in the place of this one when it has loaded. */
export function install(own: Methods) {
  let extended = extend(refgrow(), own)
  document.addEventListener(
    'load',
    () => {
      if (refgrow() !== extended) extended = extend(refgrow(), own)
    },
    true,
  )
}

function extend(target: Refgrow, { init, reset, on, ...others }: Methods): Refgrow {
  const before = { ...target }
  return Object.assign(target, others, {
    init(...args: unknown[]) {
      init()
      return before.init?.(...args)
    },
    reset(...args: unknown[]) {
      reset()
      return before.reset?.(...args)
    },
    on(event: string, listener: (detail: unknown) => void) {
      const stops = [on(event, listener), before.on?.(event, listener)]
      return () => stops.forEach((stop) => stop?.())
    },
  })
}
