/** What is kept between pages beside the cookies: the project's choices, and conversions that were not delivered yet. */
import { safely } from './say.ts'

/** What the project has chosen, as the API answers it to a click; what is left out is off. */
export interface Choices {
  /** The first click is credited, not the newest one. */
  first?: boolean
  /** Global Privacy Control refuses consent. */
  gpc?: boolean
  /** Links to these domains carry the code on. */
  domains?: string[]
}

/** Memory stands in where the page has no storage. */
export const storage: Record<string, string> = safely(() => localStorage)() ?? {}

/** The choices that the newest answer left here. */
export const choices = safely(() => JSON.parse(storage['refgrow'] ?? '{}') as Choices | null)
