/** page.js: puts the affiliate's dashboard into every `<div id="refgrow">` of the page it is included in. */
import { on } from './events.ts'
import { reset, scan, start } from './mount.ts'
import { extend, mayStart, refgrow } from './refgrow.ts'
import { chosen } from './state.ts'

const ADDRESSES = ['page.js', 'embed.js'].map((name) => `script[src*="/${name}"]`).join()

const target = refgrow()
if (target.widgets) target.widgets.scan()
else install(apiOf(document.currentScript ?? [...document.querySelectorAll(ADDRESSES)].at(-1)))

function install(api: string) {
  const begin = () => start(api)
  target.widgets = { scan: () => (mayStart() ? begin() : scan()) }
  target.identify = (email, hash) => {
    chosen.identity.value = { email: email?.trim() ?? '', hash: hash?.trim() ?? '' }
  }
  target.setLanguage = (language) => {
    chosen.language.value = language?.trim() ?? ''
  }
  extend(target, { init: begin, reset, on })
  if (mayStart()) begin()
}

/** Where the script came from, unless it says otherwise. */
function apiOf(script: Element | null | undefined): string {
  if (!(script instanceof HTMLScriptElement)) return location.origin
  return script.dataset.api || new URL(script.src || location.href).origin
}
