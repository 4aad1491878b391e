/** What outlives the page besides the code: the project's settings and conversions that could not be delivered. */
import type { Conversion } from './conversion.ts'

export interface Settings {
  attribution?: 'first' | 'last'
  cross_domains?: string[]
  gpc?: boolean
}

interface Stored {
  settings?: Settings
  outbox?: Conversion[]
}

const key = 'refgrow_tracker'
let memory: Stored = {}

/** Falls back on this page's memory where storage is off, full of nonsense or throws. */
export function load(): Stored {
  try {
    return (JSON.parse(localStorage[key] as string) as Stored | null) ?? memory
  } catch {
    return memory
  }
}

export function save(change: Stored): void {
  memory = { ...load(), ...change }
  try {
    localStorage[key] = JSON.stringify(memory)
  } catch {
    // The memory above serves this page.
  }
}

export function clear(): void {
  memory = {}
  try {
    localStorage.removeItem(key)
  } catch {
    // Nothing was stored either.
  }
}
