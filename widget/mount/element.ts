/** `<refgrow-dashboard project-id email user-hash user-hash-at lang api>`: the second way to put a widget into a page. */
import { namesOf } from '../host/attributes.ts'
import { adopt, leave, reread } from './mount.ts'

const NAME = 'refgrow-dashboard'

/** Not where the name is somebody else's, or the browser lets a script define none (as in an extension's own world). */
export function defineElement() {
  if (!window.customElements || customElements.get(NAME)) return
  customElements.define(
    NAME,
    class extends HTMLElement {
      static observedAttributes = namesOf('own')
      connectedCallback() {
        adopt(this)
      }
      disconnectedCallback() {
        leave(this)
      }
      attributeChangedCallback(name: string) {
        reread(this, new Set([name]))
      }
    },
  )
}
