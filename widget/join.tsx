/** Joining: a form for a visitor we cannot be sure of, one button for one the host page vouches for. */
import { useSignal } from '@preact/signals'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { Dashboard, Program } from '../server/public/widget-contract.ts'
import { referralLink } from './links.ts'
import { problemText } from './problem.ts'
import type { Widget } from './state.ts'
import { conditions, rateOf } from './terms.ts'
import { Block, Figure, OwnLink } from './ui.tsx'

interface JoinProps {
  widget: Widget
  dashboard: Dashboard
}

export function Join({ widget, dashboard: { program, proven } }: JoinProps) {
  const { t, format } = widget.words.value
  const joining = widget.joining.value
  const rate = rateOf(program, format)
  return (
    <Block name="join">
      <div class="pitch">
        <h2>{program.title ?? t('header.title', { name: program.name })}</h2>
        {program.description && <p class="label">{program.description}</p>}
      </div>
      <div class="offer">
        {rate && <Figure label={t('terms.label')} text={rate} />}
        <p class="label">{conditions(program, t, format)}</p>
      </div>
      {joining.kind === 'joined' ? (
        <Joined program={program} code={joining.code} widget={widget} />
      ) : (
        <Form widget={widget} asksEmail={!proven} />
      )}
    </Block>
  )
}

function Form({ widget, asksEmail }: { widget: Widget; asksEmail: boolean }) {
  const { t } = widget.words.value
  const joining = widget.joining.value
  const email = useSignal(widget.email.peek())
  const invalid = useSignal(false)
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  const sending = joining.kind === 'sending'
  const problem = invalid.value
    ? t('join.invalid')
    : joining.kind === 'problem'
      ? problemText(joining.code, t, joining.email)
      : ''

  function submit(event: SubmitEvent) {
    event.preventDefault()
    if (sending) return
    const address = asksEmail ? email.value.trim() : widget.email.value
    invalid.value = asksEmail && (!address || !field.current!.validity.valid)
    if (invalid.value) field.current!.focus()
    else void widget.join(address)
  }

  return (
    <form noValidate onSubmit={submit}>
      {asksEmail ? (
        <label for={id}>{t('join.email')}</label>
      ) : (
        <p class="label">{t('join.as', { email: widget.email.value })}</p>
      )}
      <div class="row">
        {asksEmail && (
          <input
            id={id}
            ref={field}
            type="email"
            dir="ltr"
            autocomplete="email"
            required
            value={email.value}
            aria-invalid={problem !== ''}
            aria-describedby={`${id}-problem`}
            onInput={(event) => {
              email.value = event.currentTarget.value
              invalid.value = false
            }}
          />
        )}
        <button type="submit" class="main" aria-disabled={sending}>
          {t(sending ? 'join.sending' : 'join.submit')}
        </button>
      </div>
      <p class="problem" id={`${id}-problem`} role="alert">
        {problem}
      </p>
    </form>
  )
}

function Joined({ program, code, widget }: { program: Program; code: string; widget: Widget }) {
  const { t } = widget.words.value
  const heading = useRef<HTMLParagraphElement>(null)
  // The form with the focus is gone: go on where the link is.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <div class="own-link">
      <p ref={heading} tabIndex={-1}>
        {t('join.done')}
      </p>
      <OwnLink link={referralLink(program, code)} t={t} />
      <p class="label">{t('join.next')}</p>
    </div>
  )
}
