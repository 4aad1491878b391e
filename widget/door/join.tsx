/** The door: joining with a code by mail, with one button where the host page vouches for the visitor, or logging in. */
import { useSignal, type Signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { TargetedSubmitEvent } from 'preact'
import type { Dashboard, Program, SignupFieldId } from '../../server/public/widget/contract.ts'
import { looksLikeEmail } from '../parts/email.ts'
import { EmailField, Field } from '../parts/field.tsx'
import type { Translate, WordKey } from '../words/words.ts'
import { CodeForm, Login, useCodes } from './login.tsx'
import { problemText } from '../words/problem.ts'
import type { Widget } from '../visit/visit.ts'
import { conditions, rateOf } from '../words/terms.ts'
import { Block, Figure } from '../parts/block.tsx'

type Typed = Signal<Partial<Record<SignupFieldId, string>>>

export function Join({ widget, dashboard: { program, proven } }: { widget: Widget; dashboard: Dashboard }) {
  const { t, format } = widget.words.value
  const { mode, verification } = program.signup
  const rate = rateOf(program, format)
  // Kept here, so that going from one form to the other loses nothing.
  const email = useSignal(widget.email.peek())
  const typed: Typed = useSignal({})
  const loggingIn = useSignal(widget.lapsed.peek())
  const mayLogIn = !proven && !verification
  const codes = useCodes((address) => widget.join(address, filled(program, typed.value)))

  return (
    <Block name="join">
      <div class="pitch">
        <h2>
          <bdi>{program.title ?? t('header.title', { name: program.name })}</bdi>
        </h2>
        {program.description && (
          <p class="label">
            <bdi>{program.description}</bdi>
          </p>
        )}
      </div>
      <div class="offer">
        {rate && <Figure label={t('terms.label')} text={rate} />}
        <p class="label">{conditions(program, t, format)}</p>
      </div>
      {mayLogIn && loggingIn.value ? (
        <Login widget={widget} email={email} onJoin={() => (loggingIn.value = false)} />
      ) : codes.sent.value ? (
        <CodeForm
          widget={widget}
          sent={codes.sent.value}
          again={codes.send}
          failure={codes.problem.value}
          onOther={codes.forget}
          joins
        />
      ) : (
        <div class="door">
          {mode === 'invite' && !widget.invite() ? (
            <p>{t('join.invite_needed')}</p>
          ) : (
            <Form widget={widget} program={program} asksEmail={!proven} email={email} typed={typed} {...codes} />
          )}
          {mayLogIn && (
            <button type="button" class="plain" onClick={() => (loggingIn.value = true)}>
              {t('join.login')}
            </button>
          )}
        </div>
      )}
    </Block>
  )
}

interface FormOf extends Pick<ReturnType<typeof useCodes>, 'send' | 'sending'> {
  widget: Widget
  program: Program
  asksEmail: boolean
  email: Signal<string>
  typed: Typed
}

type Problems = Record<string, (t: Translate) => string>

const AUTOCOMPLETE = { name: 'name', company: 'organization', website: 'url' } as const

function Form({ widget, program, asksEmail, email, typed, send, sending }: FormOf) {
  const { t } = widget.words.value
  const { fields, terms_url: terms } = program.signup
  const problems = useSignal<Problems>({})
  const form = useRef<HTMLFormElement>(null)

  const textOf = (id: SignupFieldId) => textIn(typed.value, id)
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
    const found: Problems = {}
    if (asksEmail && !looksLikeEmail(email.value)) found.email = (say) => say('join.invalid')
    for (const { id, required } of fields) {
      const text = textOf(id)
      if (required && !text) found[id] = (say) => say('methods.required')
      else if (id === 'website' && text && !addressOf(text)) found[id] = (say) => say('join.website_invalid')
    }
    return found
  }

  async function submit(event: TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (sending.value) return
    const found = check()
    if (Object.keys(found).length > 0) return tell(found)
    const address = asksEmail ? email.value.trim() : widget.email.value
    problems.value = {}
    const outcome = await send(address)
    if (outcome.ok) return undefined
    const { code, field = 'form' } = outcome
    return tell({ [field]: (say) => refusal(code, field, say, address) })
  }

  const labelOf = (id: SignupFieldId, required: boolean) => {
    const label = t(`join.${id}`)
    return required ? label : t('join.optional', { label })
  }
  const elsewhere = Object.keys(problems.value).find((name) => !inputOf(name))

  return (
    <form noValidate ref={form} onSubmit={(event) => void submit(event)}>
      {asksEmail ? (
        <EmailField
          label={t('join.email')}
          value={email.value}
          problem={says('email')}
          onValue={(text) => {
            email.value = text
            clear('email')
          }}
        />
      ) : (
        <p class="label">{t('join.as', { email: widget.email.value })}</p>
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

const textIn = (typed: Typed['value'], id: SignupFieldId) => (typed[id] ?? '').trim()

/** What was typed into the form; undefined: nothing. */
function filled({ signup }: Program, typed: Typed['value']) {
  const texts = signup.fields.flatMap(({ id }) => {
    const text = id === 'website' ? addressOf(textIn(typed, id)) : textIn(typed, id)
    return text ? [[id, text]] : []
  })
  return texts.length > 0 ? (Object.fromEntries(texts) as Typed['value']) : undefined
}

const FIELD_TEXTS: Record<string, WordKey> = { email: 'join.invalid', website: 'join.website_invalid' }

const refusal = (code: string, field: string, t: Translate, email: string) => {
  const text = code === 'invalid_request' && FIELD_TEXTS[field]
  return text ? t(text) : problemText(code, t, email)
}

/** As people write addresses: `example.com` is https://example.com. undefined: it is none. */
function addressOf(text: string): string | undefined {
  const whole = /^[a-z]+:/i.test(text) ? text : `https://${text}`
  try {
    const { protocol, hostname } = new URL(whole)
    return /^https?:$/.test(protocol) && hostname.includes('.') ? whole : undefined
  } catch {
    return undefined
  }
}
