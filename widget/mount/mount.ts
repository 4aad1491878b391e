/** Finds the page's `#refgrow` and `<refgrow-dashboard>` elements as they come and go and keeps one widget in each. */
import { signal, type Signal } from '@preact/signals'
import { h, render } from 'preact'
import { App } from '../frame/app.tsx'
import { rereadSessions } from '../visit/session.ts'
import { openWidget, type Widget } from '../visit/visit.ts'
import { sheet } from '../look/sheet.ts'
import { chosen, surroundings, type Attributes } from '../visit/visitor.ts'

interface Mounted {
  host: HTMLElement
  root: ShadowRoot
  widget: Widget
  attributes: Signal<Attributes>
  /** How often the page took our element out while keeping its own. */
  restored: number
}

/** What the attributes are called on a `#refgrow` element, and on an element of our own. */
const NAMES = {
  project: ['data-project-id', 'project-id'],
  email: ['data-project-email', 'email'],
  hash: ['data-user-hash', 'user-hash'],
  hashAt: ['data-user-hash-at', 'user-hash-at'],
  lang: ['data-lang', 'lang'],
  api: ['data-api', 'api'],
} as const satisfies Record<keyof Attributes, readonly [string, string]>
const WATCHED = Object.values(NAMES).map(([name]) => name)
export const OWN_NAMES = Object.values(NAMES).map(([, name]) => name)
const MOST_RESTORES = 20

/** Elements of our own that are in a document, or in a shadow root of it where nobody else would find them. */
const own = new Set<HTMLElement>()
const mounted = new Map<HTMLElement, Mounted>()
let defaultApi = ''
let observer: MutationObserver | undefined

/** Starts watching the page; later calls only look again. */
export function start(api: string) {
  defaultApi = api
  if (observer) return scan()
  observer = new MutationObserver(see)
  readPageLanguage()
  scan()
  watchPage(observer)
}

/** Mounts what is new, releases what is gone. Cheap: a lookup by id. */
export function scan() {
  if (!observer) return
  for (const [element, one] of mounted) {
    if (!element.isConnected || (element.id !== 'refgrow' && !own.has(element))) release(element, one)
    else if (one.host.parentNode !== element) restore(element, one)
  }
  for (const element of [...document.querySelectorAll<HTMLElement>('#refgrow'), ...own]) {
    if (!mounted.has(element) && !(element instanceof HTMLScriptElement)) mount(element)
  }
}

/** Keeps a widget in an element of our own while it is connected; it may be moved without losing it. */
export function adopt(element: HTMLElement) {
  own.add(element)
  scan()
}

export function leave(element: HTMLElement) {
  queueMicrotask(() => {
    if (element.isConnected) return
    own.delete(element)
    scan()
  })
}

/** Begins again in every element, as after loading the page. */
export function reset() {
  for (const [element, one] of mounted) release(element, one)
  scan()
}

function mount(element: HTMLElement) {
  const attributes = signal(read(element))
  if (!attributes.value.project) {
    console.warn(`[Refgrow] This element needs ${NAMES.project[own.has(element) ? 1 : 0]}`, element)
  }
  // First of all: it asks the API.
  const widget = openWidget(attributes)
  const host = document.createElement('div')
  const root = host.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = [sheet()]
  mounted.set(element, { host, root, widget, attributes, restored: 0 })
  element.append(host)
  // Behind the request, which is sent in a microtask too.
  queueMicrotask(() => {
    if (mounted.get(element)?.root === root) render(h(App, { widget }), root)
  })
}

function release(element: HTMLElement, { host, root, widget }: Mounted) {
  mounted.delete(element)
  widget.close()
  render(null, root)
  host.remove()
}

/** Pages empty the element before they run the script again; one that insists on it gets its way. */
function restore(element: HTMLElement, one: Mounted) {
  if (one.restored >= MOST_RESTORES) return
  one.restored += 1
  element.append(one.host)
}

function read(element: HTMLElement): Attributes {
  const of = (name: keyof Attributes) => element.getAttribute(NAMES[name][own.has(element) ? 1 : 0])?.trim() ?? ''
  return {
    api: (of('api') || defaultApi).replace(/\/+$/, ''),
    project: of('project'),
    email: of('email'),
    hash: of('hash'),
    hashAt: of('hashAt'),
    lang: of('lang'),
  }
}

/** What a page sets on the element after `Refgrow.identify` or `setLanguage` is the newer word. */
export function reread(element: HTMLElement, changed: ReadonlySet<string>) {
  const one = mounted.get(element)
  if (!one) return
  const concerns = (name: keyof Attributes) => changed.has(NAMES[name][own.has(element) ? 1 : 0])
  if (concerns('email') || concerns('hash') || concerns('hashAt')) chosen.identity.value = null
  if (concerns('lang')) chosen.language.value = ''
  one.attributes.value = read(element)
}

function see(changes: MutationRecord[]) {
  const changed = new Map<HTMLElement, Set<string>>()
  for (const { type, target, attributeName } of changes) {
    // An element of our own hears of its attributes itself.
    if (type !== 'attributes' || !mounted.has(target as HTMLElement) || own.has(target as HTMLElement)) continue
    const element = target as HTMLElement
    changed.set(element, (changed.get(element) ?? new Set()).add(attributeName!))
  }
  for (const [element, names] of changed) reread(element, names)
  readPageLanguage()
  scan()
}

function watchPage(watching: MutationObserver) {
  watching.observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: [...WATCHED, 'id', 'lang'],
  })

  const dark = matchMedia('(prefers-color-scheme: dark)')
  surroundings.dark.value = dark.matches
  dark.addEventListener('change', () => (surroundings.dark.value = dark.matches))
  addEventListener('languagechange', readPageLanguage)
  addEventListener('storage', rereadSessions)
  const readVisible = () => (surroundings.visible.value = document.visibilityState === 'visible')
  document.addEventListener('visibilitychange', readVisible)
  readVisible()
  addEventListener('offline', () => (surroundings.online.value = false))
  addEventListener('online', () => {
    surroundings.online.value = true
    for (const { widget } of mounted.values()) {
      const view = widget.view.peek()
      if (view.kind === 'problem' && (view.code === 'offline' || view.code === 'unreachable')) void widget.load()
    }
  })
}

function readPageLanguage() {
  const { lang } = document.documentElement
  const tags = lang ? [lang] : [...navigator.languages]
  if (tags.join() !== surroundings.language.peek().join()) surroundings.language.value = tags
}
