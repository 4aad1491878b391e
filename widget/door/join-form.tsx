/** The form to join: the address, unless the host page vouches for one, and what else the program asks for. */
import { useSignal, type Signal } from '@preact/signals'
import type { TargetedSubmitEvent } from 'preact'
import { useRef } from 'preact/hooks'
import type { Program, SignupFieldId } from '../../server/public/widget/contract.ts'
import { looksLikeEmail } from '../parts/email.ts'
import { Field } from '../parts/field.tsx'
import type { Visit } from '../visit/visit.ts'
import { AddressField } from './address-field.tsx'
import type { Codes } from './codes.ts'
import { problemsOf, refusal, type Problems, type Typed } from './join-fields.ts'

interface JoinFormOf extends Pick<Codes, 'send' | 'sending'> {
  visit: Visit
  program: Program
  asksEmail: boolean
  address: Signal<string>
  typed: Signal<Typed>
}

const AUTOCOMPLETE = { name: 'name', company: 'organization', website: 'url' } as const

export function JoinForm({ visit, program, asksEmail, address, typed, send, sending }: JoinFormOf) {
  const { t } = visit.words.value
  const { fields, terms_url: terms } = program.signup
  const problems = useSignal<Problems>({})
  const form = useRef<HTMLFormElement>(null)

  const inputOf = (name: string) => form.current?.querySelector<HTMLInputElement>(`[name=${name}]`)
  const says = (name: string) => problems.value[name]?.(t)
  const clear = (name: string) => {
    if (problems.value[name]) problems.value = {}
  }

  function tell(found: Problems) {
    problems.value = found
    inputOf(Object.keys(found)[0]!)?.focus()
  }

  function check(): Problems {
    const wrong = asksEmail && !looksLikeEmail(address.value)
    return { ...(wrong && { email: (say) => say('join.invalid') }), ...problemsOf(program, typed.value) }
  }

  async function submit(event: TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (sending.value) return
    const found = check()
    if (Object.keys(found).length > 0) return tell(found)
    const email = asksEmail ? address.value.trim() : visit.email.value
    problems.value = {}
    const outcome = await send(email)
    if (outcome.ok) return undefined
    const { code, field = 'form' } = outcome
    return tell({ [field]: (say) => refusal(code, field, say, email) })
  }

  const labelOf = (id: SignupFieldId, required: boolean) => {
    const label = t(`join.${id}`)
    return required ? label : t('join.optional', { label })
  }
  const elsewhere = Object.keys(problems.value).find((name) => !inputOf(name))

  return (
    <form noValidate ref={form} onSubmit={(event) => void submit(event)}>
      {asksEmail ? (
        <AddressField address={address} problem={says('email')} onTyped={() => clear('email')} t={t} />
      ) : (
        <p class="label">{t('join.as', { email: visit.email.value })}</p>
      )}
      {fields.map(({ id, required }) => (
        <Field
          key={id}
          name={id}
          type={id === 'website' ? 'url' : 'text'}
          {...(id === 'website' && { dir: 'ltr' as const })}
          autocomplete={AUTOCOMPLETE[id]}
          required={required}
          label={labelOf(id, required)}
          value={typed.value[id] ?? ''}
          problem={says(id)}
          onValue={(text) => {
            typed.value = { ...typed.value, [id]: text }
            clear(id)
          }}
        />
      ))}
      <button type="submit" class="main" aria-disabled={sending.value}>
        {t(sending.value ? 'join.sending' : 'join.submit')}
      </button>
      <p class="problem" role="alert">
        {elsewhere && says(elsewhere)}
      </p>
      {terms && /^https?:/i.test(terms) && (
        <p class="label">
          {t('join.terms')}{' '}
          <a href={terms} target="_blank" rel="noopener">
            {t('join.terms_link')}
          </a>
        </p>
      )}
    </form>
  )
}
