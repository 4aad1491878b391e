/** What the browser and the host page say about themselves, kept up to date. */
import { signal } from '@preact/signals'

export const surroundings = {
  dark: signal(false),
  /** The page's language, or else those the browser prefers. */
  language: signal<string[]>([]),
  visible: signal(true),
  online: signal(true),
}

export function readPageLanguage() {
  const { lang } = document.documentElement
  const tags = lang ? [lang] : [...navigator.languages]
  if (tags.join() !== surroundings.language.peek().join()) surroundings.language.value = tags
}

export function watchSurroundings() {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  surroundings.dark.value = dark.matches
  dark.addEventListener('change', () => (surroundings.dark.value = dark.matches))
  addEventListener('languagechange', readPageLanguage)
  const readVisible = () => (surroundings.visible.value = document.visibilityState === 'visible')
  document.addEventListener('visibilitychange', readVisible)
  readVisible()
  addEventListener('offline', () => (surroundings.online.value = false))
  addEventListener('online', () => (surroundings.online.value = true))
}
