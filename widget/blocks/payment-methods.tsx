/** The account the affiliate is paid on: masked if it is known, a form if it is not or is to change. */
import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { PayoutMethodDetails } from '../../server/public/widget/contract.ts'
import { useAttempt } from './attempt.ts'
import { Field } from '../parts/field.tsx'
import { useFocusAfter } from '../parts/focus.ts'
import { ACCOUNT_FIELDS, detailsOf, problemsOf, type FieldName, type Kind, type Values } from './payout-account.ts'
import { problemText } from '../words/problem.ts'
import { Block } from '../parts/block.tsx'
import { Choice } from '../parts/choice.tsx'
import type { BlockProps } from './props.ts'

type Step = 'shown' | 'open' | 'removing' | 'saved'

export function PaymentMethods(props: BlockProps) {
  const { affiliate, program, actions, t } = props
  const step = useSignal<Step>('shown')
  const { busy, failure, run } = useAttempt()
  const open = step.value === 'open'
  const part = useFocusAfter(step.value === 'saved' ? 'shown' : step.value)
  const method = affiliate.payout_method

  async function send(details: PayoutMethodDetails | null) {
    if (await run(() => actions.setPayoutMethod(details))) step.value = 'saved'
  }

  return (
    <Block name="methods" title={t('methods.title')} half>
      <div ref={part} class="part">
        {open ? (
          <AccountForm
            {...props}
            send={send}
            busy={busy.value}
            failure={failure.value}
            close={() => (step.value = 'shown')}
          />
        ) : (
          <>
            <p>
              {method
                ? t('methods.current', { account: `${t(`methods.${method.kind}`)} ${method.masked}` })
                : t('methods.none')}
            </p>
            {step.value === 'removing' && (
              <div class="buttons">
                <button type="button" class="quiet" onClick={() => (step.value = 'shown')}>
                  {t('methods.cancel')}
                </button>
                {/* The second half of a double click asked for nothing more than the first. */}
                <button
                  type="button"
                  class="quiet"
                  aria-disabled={busy.value}
                  onClick={({ detail }) => detail < 2 && void send(null)}
                >
                  {t('methods.remove')}
                </button>
              </div>
            )}
            {step.value !== 'removing' && program.payout.kinds.length > 0 && (
              <div class="buttons">
                <button type="button" class="quiet" onClick={() => (step.value = 'open')}>
                  {t(method ? 'methods.change' : 'methods.add')}
                </button>
                {method && (
                  <button type="button" class="quiet" onClick={() => (step.value = 'removing')}>
                    {t('methods.remove')}
                  </button>
                )}
              </div>
            )}
            <p class="problem" role="alert">
              {failure.value && problemText(failure.value.code, t)}
            </p>
          </>
        )}
      </div>
      <p class="unseen" role="status">
        {step.value === 'saved' && t('methods.saved')}
      </p>
    </Block>
  )
}

interface FormOf extends BlockProps {
  send: (details: PayoutMethodDetails) => Promise<void>
  close: () => void
  busy: boolean
  failure: { code: string; field?: string } | null
}

function AccountForm({ program, affiliate, send, close, busy, failure, t }: FormOf) {
  const { kinds } = program.payout
  const known = affiliate.payout_method?.kind
  const kind = useSignal<Kind>(known && kinds.includes(known) ? known : kinds[0]!)
  const values = useSignal<Values>({})
  const checked = useSignal(false)
  const form = useRef<HTMLFormElement>(null)

  const fields = ACCOUNT_FIELDS[kind.value]
  const problems = checked.value ? problemsOf(kind.value, values.value) : {}
  const blamed = fields.find(({ name }) => name === failure?.field)?.name
  const said = failure ? problemText(failure.code, t) : ''
  const problemOf = (name: FieldName) => (problems[name] ? t(problems[name]) : name === blamed ? said : '')

  function submit(event: SubmitEvent) {
    event.preventDefault()
    checked.value = true
    const wrong = problemsOf(kind.value, values.value)
    const first = fields.findIndex(({ name }) => wrong[name])
    if (first >= 0) form.current!.querySelectorAll('input')[first]!.focus()
    else void send(detailsOf(kind.value, values.value))
  }

  return (
    <form ref={form} noValidate onSubmit={submit}>
      {kinds.length > 1 && (
        <Choice
          label={t('methods.kind')}
          value={kind}
          options={kinds.map((value) => ({ value, text: t(`methods.${value}`) }))}
        />
      )}
      {fields.map(({ name, label, optional }) => (
        <Field
          key={name}
          label={t(label)}
          value={values.value[name] ?? ''}
          onValue={(value) => (values.value = { ...values.value, [name]: value })}
          problem={problemOf(name)}
          required={!optional}
          type={name === 'email' ? 'email' : 'text'}
          dir={name === 'holder' || name === 'text' ? 'auto' : 'ltr'}
          autocomplete={name === 'email' ? 'email' : name === 'holder' ? 'name' : 'off'}
        />
      ))}
      <div class="buttons">
        <button type="submit" class="main" aria-disabled={busy}>
          {t('methods.save')}
        </button>
        <button type="button" class="quiet" onClick={close}>
          {t('methods.cancel')}
        </button>
      </div>
      <p class="problem" role="alert">
        {blamed ? '' : said}
      </p>
    </form>
  )
}
