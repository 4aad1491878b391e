/** Keeps one widget in each element that is there for one. */
import { signal, type Signal } from '@preact/signals'
import { h, render } from 'preact'
import { App } from '../frame/app.tsx'
import { nameOf, readAttributes, type Attributes, type Kind } from '../host/attributes.ts'
import { chosen } from '../host/chosen.ts'
import { sheet } from '../look/sheet.ts'
import { openVisit, type Visit } from '../visit/visit.ts'

interface Mounted {
  host: HTMLElement
  root: ShadowRoot
  visit: Visit
  attributes: Signal<Attributes>
  /** How often the page took our element out while keeping its own. */
  restored: number
}

const MOST_RESTORES = 20

/** Elements of our own that are in a document, or in a shadow root of it where nobody else would find them. */
const own = new Set<HTMLElement>()
const mounted = new Map<HTMLElement, Mounted>()
/** Undefined until the page has started us. */
let defaultApi: string | undefined

const kindOf = (element: HTMLElement): Kind => (own.has(element) ? 'own' : 'page')
const read = (element: HTMLElement) => readAttributes(element, kindOf(element), defaultApi!)

/** From now on widgets are mounted. @param api where those look that do not say it themselves */
export function allowMounting(api: string) {
  defaultApi = api
}

/** Mounts what is new, releases what is gone. Cheap: a lookup by id. */
export function scan() {
  if (defaultApi === undefined) return
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

/** What a page sets on the element after `Refgrow.identify` or `setLanguage` is the newer word. */
export function reread(element: HTMLElement, changed: ReadonlySet<string>) {
  const one = mounted.get(element)
  if (!one) return
  const concerns = (name: keyof Attributes) => changed.has(nameOf(kindOf(element), name))
  if (concerns('email') || concerns('hash') || concerns('hashAt')) chosen.identity.value = null
  if (concerns('lang')) chosen.language.value = ''
  one.attributes.value = read(element)
}

/** Is it for us to watch this element's attributes? An element of our own hears about its attributes itself. */
export const watchesAttributes = (element: HTMLElement) => mounted.has(element) && !own.has(element)

/** The connection is back. */
export function retryUnreachable() {
  for (const { visit } of mounted.values()) {
    const shown = visit.shown.peek()
    if (shown.kind === 'problem' && (shown.code === 'offline' || shown.code === 'unreachable')) void visit.load()
  }
}

function mount(element: HTMLElement) {
  const attributes = signal(read(element))
  if (!attributes.value.project) {
    console.warn(`[Refgrow] This element needs ${nameOf(kindOf(element), 'project')}`, element)
  }
  // First of all: it asks the API.
  const visit = openVisit(attributes)
  const host = document.createElement('div')
  const root = host.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = [sheet()]
  mounted.set(element, { host, root, visit, attributes, restored: 0 })
  element.append(host)
  // Behind the request, which is sent in a microtask too.
  queueMicrotask(() => {
    if (mounted.get(element)?.root === root) render(h(App, { visit }), root)
  })
}

function release(element: HTMLElement, { host, root, visit }: Mounted) {
  mounted.delete(element)
  visit.close()
  render(null, root)
  host.remove()
}

/** Pages empty the element before they run the script again; one that insists on it gets its way. */
function restore(element: HTMLElement, one: Mounted) {
  if (one.restored >= MOST_RESTORES) return
  one.restored += 1
  element.append(one.host)
}
