/** Proving an address, to log in or to join: the code that was mailed to it. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Field } from '../parts/field.tsx'
import { focusOn, rootOf } from '../parts/focus.ts'
import type { Outcome } from '../visit/ask.ts'
import type { Visit } from '../visit/visit.ts'
import { problemText } from '../words/problem.ts'
import type { Sent } from './codes.ts'
import { codeOf, isWhole } from './code-text.ts'

interface CodeFormOf {
  visit: Visit
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

export function CodeForm({ visit, sent, again, failure, onOther, joins, back }: CodeFormOf) {
  const { t, format } = visit.words.value
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
    const outcome = await visit.login(address, code.value)
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
    // Once: somebody who corrects a digit is not hurried, and may try again with the button.
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
