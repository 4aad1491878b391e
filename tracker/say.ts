/** Tells the site's developer, in sentences, what was done and why something was not. */
import { debug } from './options.ts'

const said: Record<string, boolean> = {}
const debugging = debug != null || /[?&]refgrow_debug=1/.test(location.search)

/** Speaks in debug mode only, and never repeats itself. */
export function say(sentence: unknown): void {
  if (debugging) once('log', sentence)
}

/** The one thing a site hears unasked: that something is wired up wrongly. */
export function warn(sentence: string): void {
  once('warn', sentence)
}

function once(level: 'log' | 'warn', sentence: unknown): void {
  if (!said[`${sentence}`]) console[level](`Refgrow: ${sentence}`)
  said[`${sentence}`] = true
}
