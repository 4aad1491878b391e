/** Where the keyboard is when something else appears. */
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** Takes the focus along when one part of a block takes the place of another; `atOnce`: also when the part appears. */
export function useFocusAfter(change: unknown, atOnce = false): RefObject<HTMLDivElement | null> {
  const part = useRef<HTMLDivElement>(null)
  const before = useRef(atOnce ? null : change)
  useEffect(() => {
    if (before.current === change) return
    before.current = change
    part.current?.querySelector<HTMLElement>('input,button,[tabindex]')?.focus({ preventScroll: true })
  }, [change])
  return part
}

export const rootOf = (element: Element) => element.getRootNode() as ShadowRoot

/** Puts the focus on what is wanted while it is there, else on the widget itself. */
export const focusOn = (root: ShadowRoot, wanted: Element | null | undefined) => {
  const element =
    wanted?.isConnected && wanted instanceof HTMLElement ? wanted : root.querySelector<HTMLElement>('.root')
  element?.focus({ preventScroll: true })
}
