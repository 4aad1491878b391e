/** The whole style of the widget, adopted by its shadow roots: it needs no <style>, so no permission of the page's CSP. */
import { blockCss } from './block-css.ts'
import { frameCss } from './frame-css.ts'
import { roomCss } from './room-css.ts'

let shared: CSSStyleSheet | undefined

export function sheet(): CSSStyleSheet {
  if (shared) return shared
  shared = new CSSStyleSheet()
  shared.replaceSync(blockCss + frameCss + roomCss)
  return shared
}
