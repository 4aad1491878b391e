/** Decided for all widgets of the page at once, through `Refgrow.identify` and `Refgrow.setLanguage`. */
import { signal } from '@preact/signals'
import type { Attributes } from './attributes.ts'

export const chosen = {
  identity: signal<Pick<Attributes, 'email' | 'hash' | 'hashAt'> | null>(null),
  language: signal(''),
}
