/** Passing a link on: through the device's own sheet where there is one, else through a short menu of places. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Translate } from '../words/words.ts'
import { destinations } from './links.ts'

interface ShareOf {
  link: string
  /** What is said about it; may have the link in it. */
  text: string
  /** `tool`: a word among others; `quiet`: a button. */
  look?: 'tool' | 'quiet'
  t: Translate
}

export function ShareButton({ link, text, look = 'quiet', t }: ShareOf) {
  const open = useSignal(false)
  const anchor = useRef<HTMLSpanElement>(null)
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (!open.value) return
    const closeOutside = (event: Event) => {
      if (!event.composedPath().includes(anchor.current!)) open.value = false
    }
    document.addEventListener('pointerdown', closeOutside)
    return () => document.removeEventListener('pointerdown', closeOutside)
  }, [open.value])

  async function share() {
    if (!('share' in navigator)) {
      open.value = !open.value
      return
    }
    try {
      await navigator.share({ text, url: link })
    } catch (error) {
      // Somebody who changed their mind wants no menu instead; a page that may not share does.
      open.value = (error as Error).name !== 'AbortError'
    }
  }

  function close(event: KeyboardEvent) {
    if (event.key !== 'Escape' || !open.value) return
    open.value = false
    button.current!.focus()
  }

  function leave({ relatedTarget: next }: FocusEvent) {
    if (next && !anchor.current!.contains(next as Node)) open.value = false
  }

  return (
    <span ref={anchor} onKeyDown={close} onFocusOut={leave}>
      <button type="button" class={look} ref={button} aria-expanded={open.value} onClick={() => void share()}>
        {t('share.more')}
      </button>
      {open.value && (
        <ul class="menu">
          {destinations(link, text).map(({ id, name, href }) => (
            <li key={id}>
              <a href={href} target={id === 'mail' ? undefined : '_blank'} rel="noopener">
                {name || t('share.mail')}
              </a>
            </li>
          ))}
        </ul>
      )}
    </span>
  )
}
