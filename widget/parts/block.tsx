/** The few pieces every block is made of. */
import { useSignal, type Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { copyText } from './copy.ts'
import type { Translate } from '../words/words.ts'
import { spoken, tailOf } from '../share/links.ts'

interface BlockFrame {
  title?: string
  /** Half of the width where there is room for two columns. */
  half?: boolean
  name: string
  children: ComponentChildren
}

export const Block = ({ title, half, name, children }: BlockFrame) => (
  <section class={`block ${name}${half ? ' half' : ''}`}>
    {title && <h3>{title}</h3>}
    {children}
  </section>
)

/** A text too long for its place loses its middle; the whole stays on hover and for the screen reader. */
function Cut({ text, whole, tail }: { text: string; whole: string; tail: number }) {
  const at = text.length - tail
  return (
    <bdi class="cut" dir="ltr" title={whole}>
      <span>{text.slice(0, at)}</span>
      <span>{text.slice(at)}</span>
    </bdi>
  )
}

interface FigureOf {
  text: string
  label?: string
  /** The exact number where `text` is short for it. */
  whole?: string
  /** Characters to make room for, where several numbers in a row should be of one size. */
  length?: number
}

/** A number in the big size, smaller only where a very long one would not fit. */
export const Figure = ({ text, label, whole, length = text.length }: FigureOf) => (
  <div class="figure" title={whole}>
    {label && <span class="label">{label}</span>}
    <b style={{ '--length': `${length}` }}>{text}</b>
  </div>
)

interface ChoiceOf<Value> {
  label: string
  options: readonly { value: Value; text: string }[]
  value: Signal<Value>
}

/** One of a few, all in sight. */
export const Choice = <Value extends string | number>({ label, options, value }: ChoiceOf<Value>) => (
  <div class="choice" role="group" aria-label={label}>
    {options.map((option) => (
      <button
        type="button"
        key={option.value}
        data-text={option.text}
        aria-pressed={option.value === value.value}
        onClick={() => (value.value = option.value)}
      >
        {option.text}
      </button>
    ))}
  </div>
)

interface CopyOf {
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

interface CopyableOf extends CopyOf {
  /** What is shown of it, if not the text itself. */
  shown?: string
  /** Characters of the end that stay when it is cut. */
  tail?: number
}

/** A text that is there to be copied, in one line, and the button that does it. */
export const Copyable = ({ shown, tail = 0, ...copy }: CopyableOf) => (
  <div class="row">
    <div class="link">
      <Cut text={shown ?? copy.text} whole={copy.text} tail={tail} />
    </div>
    <CopyButton {...copy} />
  </div>
)

/** The link, cut where it is too long, and the button that copies the whole of it. */
export const OwnLink = ({ link, quiet, t }: { link: string; quiet?: boolean; t: Translate }) => (
  <Copyable text={link} shown={spoken(link)} tail={tailOf(link)} label={t('share.copy')} quiet={quiet} t={t} />
)

interface NoticeOf {
  text: string
  tone?: 'plain' | 'bad'
  retry?: { label: string; run: () => void }
}

/** One sentence and, where it helps, one button. */
export const Notice = ({ text, tone = 'plain', retry }: NoticeOf) => (
  <section class="block notice" data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
    <p>{text}</p>
    {retry && (
      <button type="button" class="quiet" onClick={retry.run}>
        {retry.label}
      </button>
    )}
  </section>
)
