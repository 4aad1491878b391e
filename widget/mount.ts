/** Finds the page's `#refgrow` elements as they come and go and keeps one widget in each. */
import { signal, type Signal } from '@preact/signals'
import { h, render } from 'preact'
import { App } from './app.tsx'
import { chosen, openWidget, surroundings, type Attributes, type Widget } from './state.ts'
import { sheet } from './styles.ts'

interface Mounted {
  host: HTMLElement
  root: ShadowRoot
  widget: Widget
  attributes: Signal<Attributes>
  /** How often the page took our element out while keeping its own. */
  restored: number
}

const WATCHED = ['data-project-id', 'data-project-email', 'data-user-hash', 'data-lang', 'data-api']
const MOST_RESTORES = 20

const mounted = new Map<HTMLElement, Mounted>()
let defaultApi = ''
let observer: MutationObserver | undefined

/** Starts watching the page; later calls only look again. */
export function start(api: string) {
  defaultApi = api
  if (!observer) watchPage()
  scan()
}

/** Mounts what is new, releases what is gone. Cheap: a lookup by id. */
export function scan() {
  if (!observer) return
  for (const [element, one] of mounted) {
    if (!element.isConnected || element.id !== 'refgrow') release(element, one)
    else if (one.host.parentNode !== element) restore(element, one)
  }
  for (const element of document.querySelectorAll<HTMLElement>('#refgrow')) {
    if (!mounted.has(element) && !(element instanceof HTMLScriptElement)) mount(element)
  }
}

/** Begins again in every element, as after loading the page. */
export function reset() {
  for (const [element, one] of mounted) release(element, one)
  scan()
}

function mount(element: HTMLElement) {
  const host = document.createElement('div')
  const root = host.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = [sheet()]
  const attributes = signal(read(element))
  if (!attributes.value.project) console.warn('[Refgrow] The element with id "refgrow" needs data-project-id', element)
  const widget = openWidget(attributes)
  mounted.set(element, { host, root, widget, attributes, restored: 0 })
  render(h(App, { widget }), root)
  element.append(host)
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
  const { projectId = '', projectEmail = '', userHash = '', lang = '', api = '' } = element.dataset
  return {
    api: (api || defaultApi).replace(/\/+$/, ''),
    project: projectId.trim(),
    email: projectEmail.trim(),
    hash: userHash.trim(),
    lang: lang.trim(),
  }
}

/** What a page sets on the element after `Refgrow.identify` or `setLanguage` is the newer word. */
function reread(element: HTMLElement, names: ReadonlySet<string>) {
  const one = mounted.get(element)
  if (!one) return
  if (names.has('data-project-email') || names.has('data-user-hash')) chosen.identity.value = null
  if (names.has('data-lang')) chosen.language.value = ''
  one.attributes.value = read(element)
}

function watchPage() {
  observer = new MutationObserver((changes) => {
    const changed = new Map<HTMLElement, Set<string>>()
    for (const { type, target, attributeName } of changes) {
      if (type !== 'attributes' || !mounted.has(target as HTMLElement)) continue
      const element = target as HTMLElement
      changed.set(element, (changed.get(element) ?? new Set()).add(attributeName!))
    }
    for (const [element, names] of changed) reread(element, names)
    readPageLanguage()
    scan()
  })
  observer.observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: [...WATCHED, 'id', 'lang'],
  })

  const dark = matchMedia('(prefers-color-scheme: dark)')
  surroundings.dark.value = dark.matches
  dark.addEventListener('change', () => (surroundings.dark.value = dark.matches))
  readPageLanguage()
  addEventListener('languagechange', readPageLanguage)
  addEventListener('online', () => {
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
