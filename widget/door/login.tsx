/** Proving an address, to log in or to join: the address, then the code that was mailed to it. */
import { useSignal, type Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { TargetedSubmitEvent } from 'preact'
import type { Outcome } from '../visit/actions.ts'
import { looksLikeEmail } from '../parts/email.ts'
import { EmailField, Field } from '../parts/field.tsx'
import { problemText } from '../words/problem.ts'
import type { Sent as Answered, Widget } from '../visit/visit.ts'

interface Sent {
  address: string
  minutes: number
  /** Counts up, so that a second code is announced like the first. */
  times: number
}

export function Login({ widget, email, onJoin }: { widget: Widget; email: Signal<string>; onJoin: () => void }) {
  const { t } = widget.words.value
  const { sent, sending, problem, send, forget } = useCodes(widget.sendCode)
  const invalid = useSignal(false)
  const form = useRef<HTMLFormElement>(null)
  const input = () => form.current!.querySelector('input')!

  // Coming from the form to join, or back from the code.
  useEffect(() => {
    if (!sent.value) input().focus({ preventScroll: true })
  }, [sent.value])

  async function submit(event: TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (sending.value) return
    const address = email.value.trim()
    invalid.value = !looksLikeEmail(address)
    if (invalid.value || !(await send(address)).ok) input().focus()
  }

  if (sent.value) {
    return <CodeForm widget={widget} sent={sent.value} again={send} failure={problem.value} onOther={forget} />
  }
  return (
    <div class="door">
      <h3>{t('login.title')}</h3>
      {widget.lapsed.value && <p class="label">{t('login.expired')}</p>}
      <form noValidate ref={form} onSubmit={(event) => void submit(event)}>
        <EmailField
          label={t('join.email')}
          value={email.value}
          problem={invalid.value ? t('join.invalid') : problem.value && problemText(problem.value, t, email.value)}
          onValue={(text) => {
            email.value = text
            invalid.value = false
            problem.value = ''
          }}
        />
        <button type="submit" class="main" aria-disabled={sending.value}>
          {t('login.send')}
        </button>
      </form>
      <button type="button" class="plain" onClick={onJoin}>
        {t('login.join')}
      </button>
    </div>
  )
}

/** In place of a log-in that ended while its dashboard is open: all below it stays as it is. */
export function Again({ widget, email, urgent }: { widget: Widget; email: string; urgent: boolean }) {
  const { t } = widget.words.value
  const { sent, problem, send } = useCodes(widget.sendCode)
  const section = useRef<HTMLElement>(null)
  const before = useRef<Element | null>(null)

  // Only somebody who wanted to do something is led here; and back again afterwards.
  useEffect(() => {
    before.current = rootOf(section.current!).activeElement
    if (urgent) section.current!.querySelector('button')!.focus()
  }, [urgent])

  return (
    <section class="block again" ref={section}>
      <p>{t('login.expired')}</p>
      {sent.value ? (
        <CodeForm
          widget={widget}
          sent={sent.value}
          again={send}
          failure={problem.value}
          onOther={() => void widget.load()}
          back={() => before.current}
        />
      ) : (
        <div class="bar">
          <button type="button" class="main" onClick={() => void send(email)}>
            {t('login.again')}
          </button>
          <button type="button" class="plain" onClick={() => void widget.load()}>
            {t('login.other')}
          </button>
          <p class="problem" role="alert">
            {problem.value && problemText(problem.value, t, email)}
          </p>
        </div>
      )}
    </section>
  )
}

interface CodeFormOf {
  widget: Widget
  sent: Sent
  again: (address: string) => Promise<Outcome>
  /** Why no further code could be sent; empty: it could. */
  failure: string
  onOther: () => void
  /** The code completes a form to join. */
  joins?: boolean
  /** Where the focus goes when the log-in has worked; the dashboard itself unless something else is still there. */
  back?: () => Element | null
}

export function CodeForm({ widget, sent, again, failure, onOther, joins, back }: CodeFormOf) {
  const { t, format } = widget.words.value
  const { address, minutes, times } = sent
  const code = useSignal('')
  const problem = useSignal('')
  const checking = useSignal(false)
  const tried = useRef('')
  const form = useRef<HTMLFormElement>(null)
  const input = () => form.current!.querySelector('input')!

  useEffect(() => input().focus({ preventScroll: true }), [times])

  async function check() {
    if (checking.value) return
    const root = rootOf(form.current!)
    tried.current = code.value
    problem.value = ''
    if (!isWhole(code.value)) {
      problem.value = 'wrong_code'
      return input().focus()
    }
    checking.value = true
    const outcome = await widget.login(address, code.value)
    checking.value = false
    if (outcome.ok) return focusOn(root, back?.())
    problem.value = outcome.code
    if (form.current) input().select()
    return undefined
  }

  function type(text: string) {
    code.value = codeOf(text)
    input().value = code.value
    problem.value = ''
    // Once: who corrects a digit is not hurried, and who presses the button may try again.
    if (isWhole(code.value) && code.value !== tried.current) void check()
  }

  const told = problem.value || failure
  return (
    <div class="door">
      <p class="label" role="status">
        <span key={times}>
          {t(joins ? 'join.sent' : 'login.sent', { email: address, count: minutes, minutes: format.number(minutes) })}
        </span>
      </p>
      <form
        noValidate
        ref={form}
        onSubmit={(event) => {
          event.preventDefault()
          void check()
        }}
      >
        <Field
          name="code"
          class="code"
          inputMode="numeric"
          autocomplete="one-time-code"
          dir="ltr"
          required
          label={t('login.code')}
          value={code.value}
          problem={told && problemText(told, t, address)}
          onValue={type}
        />
        <button type="submit" class="main" aria-disabled={checking.value}>
          {t(joins ? 'join.submit' : 'login.submit')}
        </button>
      </form>
      <div class="choices">
        <button
          type="button"
          class="plain"
          onClick={() => {
            problem.value = ''
            void again(address)
          }}
        >
          {t('login.again')}
        </button>
        <button type="button" class="plain" onClick={onOther}>
          {t('login.other')}
        </button>
      </div>
    </div>
  )
}

/** The codes that were asked for, one request at a time. */
export function useCodes(ask: (address: string) => Promise<Answered>) {
  const sent = useSignal<Sent | null>(null)
  const sending = useSignal(false)
  const problem = useSignal('')

  async function send(address: string): Promise<Outcome> {
    if (sending.value) return { ok: true }
    sending.value = true
    const outcome = await ask(address)
    sending.value = false
    problem.value = outcome.ok ? '' : outcome.code
    const { minutes } = outcome
    if (minutes) sent.value = { address, minutes, times: (sent.value?.times ?? 0) + 1 }
    return outcome
  }
  return { sent, sending, problem, send, forget: () => (sent.value = null) }
}

/** The code in a text: 32 letters and digits, or else six digits, also of Arabic, Persian and full-width keyboards. */
export const codeOf = (text: string) =>
  /[0-9a-f]{32}/.exec(text)?.[0] ??
  text
    .replaceAll(/[٠-٩۰-۹０-９]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .replaceAll(/\D/g, '')
    .slice(0, 6)

const isWhole = (code: string) => code.length > 5

const rootOf = (element: Element) => element.getRootNode() as ShadowRoot

const focusOn = (root: ShadowRoot, wanted: Element | null | undefined) => {
  const element =
    wanted?.isConnected && wanted instanceof HTMLElement ? wanted : root.querySelector<HTMLElement>('.root')
  element?.focus({ preventScroll: true })
}
