/** Single-page applications change the address without loading a page. */
import { lookForReferral } from './referral.ts'

let watching = false

/** Calls through to whatever `history` did before, so that other wrappers, earlier or later, keep working. */
export function watchNavigation(): void {
  if (watching) return
  watching = true
  for (const name of ['pushState', 'replaceState'] as const) {
    const before = history[name]
    history[name] = function (...change) {
      before.apply(this, change)
      lookForReferral()
    }
  }
  addEventListener('popstate', lookForReferral)
}
