/** page.js: puts the affiliate's dashboard into every `<div id="refgrow">` and `<refgrow-dashboard>` of its page. */
import { defineElement } from './mount/element.ts'
import { on } from './host/events.ts'
import { reset, scan, start } from './mount/mount.ts'
import { install, mayStart, refgrow } from './host/refgrow.ts'
import { chosen } from './visit/visitor.ts'

const ADDRESSES = ['page.js', 'embed.js'].map((name) => `script[src*="/${name}"]`).join()

const running = refgrow().widgets
if (running) running.scan()
else begin(apiOf(document.currentScript ?? [...document.querySelectorAll(ADDRESSES)].at(-1)))

function begin(api: string) {
  const watch = () => start(api)
  install({
    init: watch,
    reset,
    on,
    identify(email, hash, at) {
      chosen.identity.value = { email: email?.trim() ?? '', hash: hash?.trim() ?? '', hashAt: `${at ?? ''}` }
    },
    setLanguage(language) {
      chosen.language.value = language?.trim() ?? ''
    },
    widgets: { scan: () => (mayStart() ? watch() : scan()) },
  })
  defineElement()
  if (mayStart()) watch()
}

/** Where the script came from, unless it says otherwise. */
function apiOf(script: Element | null | undefined): string {
  if (!(script instanceof HTMLScriptElement)) return location.origin
  return script.dataset.api || new URL(script.src || location.href).origin
}
