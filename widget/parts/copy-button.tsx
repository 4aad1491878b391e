/** The button that copies a text. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Translate } from '../words/words.ts'
import { copyText } from './copy.ts'

export interface CopyOf {
  text: string
  label: string
  /** One button of a page is the main one. */
  quiet?: boolean | undefined
  t: Translate
}

/** Says "Copied" for two seconds, to the eye and to the screen reader; both words keep the button's width. */
export function CopyButton({ text, label, quiet, t }: CopyOf) {
  const button = useRef<HTMLButtonElement>(null)
  const state = useSignal<'idle' | 'copied' | 'manual'>('idle')

  useEffect(() => {
    const timer = state.value === 'copied' ? setTimeout(() => (state.value = 'idle'), 2000) : undefined
    return () => clearTimeout(timer)
  }, [state.value])

  async function copy() {
    state.value = (await copyText(text, button.current!)) ? 'copied' : 'manual'
    if (state.value === 'copied') return
    const shown = button.current!.closest('.row,li')?.querySelector('.link,.stage')
    if (shown) getSelection()?.selectAllChildren(shown)
  }

  const copied = state.value === 'copied'
  return (
    <>
      <button type="button" ref={button} class={quiet ? 'quiet' : 'main'} onClick={() => void copy()}>
        <span class="swap" data-shown={!copied}>
          {label}
        </span>
        <span class="swap" data-shown={copied}>
          {t('share.copied')}
        </span>
      </button>
      <span class={state.value === 'manual' ? 'label' : 'unseen'} role="status">
        {copied && t('share.copied')}
        {state.value === 'manual' && t('share.manual')}
      </span>
    </>
  )
}
