/** Tells the site's developer what was done and why something was not. */
import { debug } from './options.ts'

let warnings = 0

/** Speaks in debug mode. The first loud sentence, that something is wired up wrongly, is heard without. */
export const say = (sentence: unknown, loud?: boolean): unknown =>
  ((loud && !warnings++) || debug != null) && console.warn('Refgrow:', sentence)

/** A guest must not break the house: what goes wrong inside is told in debug mode and ends there. */
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
