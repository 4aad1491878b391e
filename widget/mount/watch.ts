/** Watches the page for elements that come, go or change, and for what the browser says. */
import { namesOf } from '../host/attributes.ts'
import { readPageLanguage, watchSurroundings } from '../host/surroundings.ts'
import { rereadSessions } from '../visit/session.ts'
import { allowMounting, reread, retryUnreachable, scan, watchesAttributes } from './mount.ts'

let watching = false

/** Starts watching the page; later calls only look again. @param api where widgets look that do not say it themselves */
export function start(api: string) {
  allowMounting(api)
  if (watching) return scan()
  watching = true
  readPageLanguage()
  scan()
  new MutationObserver(see).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: [...namesOf('page'), 'id', 'lang'],
  })
  watchSurroundings()
  addEventListener('storage', rereadSessions)
  // After the surroundings know it.
  addEventListener('online', retryUnreachable)
}

function see(changes: MutationRecord[]) {
  const changed = new Map<HTMLElement, Set<string>>()
  for (const { type, target, attributeName } of changes) {
    const element = target as HTMLElement
    if (type !== 'attributes' || !watchesAttributes(element)) continue
    changed.set(element, (changed.get(element) ?? new Set()).add(attributeName!))
  }
  for (const [element, names] of changed) reread(element, names)
  readPageLanguage()
  scan()
}
