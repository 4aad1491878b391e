/** Logging in, first half: the address that a code is mailed to. */
import { useSignal, type Signal } from '@preact/signals'
import type { TargetedSubmitEvent } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { looksLikeEmail } from '../parts/email.ts'
import type { Visit } from '../visit/visit.ts'
import { problemText } from '../words/problem.ts'
import { AddressField } from './address-field.tsx'
import { CodeForm } from './code-form.tsx'
import { useCodes } from './codes.ts'

export function LoginForm({ visit, address, onJoin }: { visit: Visit; address: Signal<string>; onJoin: () => void }) {
  const { t } = visit.words.value
  const { sent, sending, problem, send, forget } = useCodes(visit.sendCode)
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
    const typed = address.value.trim()
    invalid.value = !looksLikeEmail(typed)
    if (invalid.value || !(await send(typed)).ok) input().focus()
  }

  if (sent.value) {
    return <CodeForm visit={visit} sent={sent.value} again={send} failure={problem.value} onOther={forget} />
  }
  return (
    <div class="door">
      <h3>{t('login.title')}</h3>
      {visit.lapsed.value && <p class="label">{t('login.expired')}</p>}
      <form noValidate ref={form} onSubmit={(event) => void submit(event)}>
        <AddressField
          address={address}
          problem={invalid.value ? t('join.invalid') : problem.value && problemText(problem.value, t, address.value)}
          onTyped={() => {
            invalid.value = false
            problem.value = ''
          }}
          t={t}
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
