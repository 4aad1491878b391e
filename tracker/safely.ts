/** A guest must not break the house: whatever goes wrong inside is told in debug mode and ends there. */
import { say } from './say.ts'

/**
 * Wraps a function so that it neither throws nor rejects. Up to its first await it still runs at once.
 * The result is a promise; it is typed as unknown because nobody needs to wait for it.
 */
export const safely =
  <Args extends unknown[]>(act: (...args: Args) => unknown): ((...args: Args) => unknown) =>
  async (...args) => {
    try {
      return await act(...args)
    } catch (error) {
      say(error)
      return undefined
    }
  }
