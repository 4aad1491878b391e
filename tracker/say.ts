/** Tells the site's developer what was done, and why something was not. */
import { debug } from './options.ts'

let warned = false

/** Speaks in debug mode. The first warning, that the page uses the script in a wrong way, is heard without it too. */
export const say = (sentence: unknown, isWarning?: boolean): void => {
  if (debug == null && (warned || !isWarning)) return
  console.warn('Refgrow:', sentence)
  warned = true
}

/** The same function, but an error inside is said in debug mode and ends there: the page never sees one of ours. */
export const safely =
  <Args extends unknown[], Result>(act: (...args: Args) => Result) =>
  (...args: Args): Result | undefined => {
    try {
      return act(...args)
    } catch (error) {
      say(error)
    }
    return undefined
  }
