/** Tells the site's developer what was done and why something was not. */
import { debug } from './options.ts'

let warnings = 0

/** Speaks in debug mode. The first loud sentence, that something is wired up wrongly, is heard without. */
export function say(sentence: unknown, loud?: boolean): undefined {
  if ((loud && !warnings++) || debug != null || /refgrow_debug=1/.test(location.href))
    console.warn('Refgrow:', sentence)
}

/** A guest must not break the house: what goes wrong inside is told in debug mode and ends there. */
export const safely =
  <Args extends unknown[], Result>(act: (...args: Args) => Result) =>
  (...args: Args): Result | undefined => {
    try {
      return act(...args)
    } catch (error) {
      return say(error)
    }
  }
