/**
 * page.js: puts the affiliate's dashboard into every `<div id="refgrow">` and `<refgrow-dashboard>` of its page.
 *
 * One visit, file by file:
 * 1. mount/watch.ts finds the element, mount/mount.ts opens a visit in it and draws frame/app.tsx into its shadow root.
 * 2. visit/state.ts: who it is (visitor.ts: the attributes, `Refgrow.identify`, the log-in kept by session.ts) and in which language.
 * 3. visit/load.ts asks for the dashboard; its answer becomes what is shown: visit/shown.ts, one of four kinds.
 * 4. frame/app.tsx draws that kind: the skeleton, a problem, the door (door/door.tsx), or the blocks (frame/dashboard.tsx, blocks/list.ts).
 * 5. visit/access.ts joins, logs in and out; visit/actions.ts does what the blocks offer. Both change what is shown.
 * 6. visit/update.ts keeps it up to date, told by visit/live.ts, until the element goes.
 */
import { chosen } from './host/chosen.ts'
import { on } from './host/events.ts'
import { install, mayStart, refgrow } from './host/refgrow.ts'
import { defineElement } from './mount/element.ts'
import { reset, scan } from './mount/mount.ts'
import { start } from './mount/watch.ts'

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
