/** The door: what the program offers, and the way in: joining, logging in, or the code that completes either. */
import { useSignal } from '@preact/signals'
import { Block } from '../parts/block.tsx'
import { Figure } from '../parts/figure.tsx'
import type { Door as Shown } from '../visit/shown.ts'
import type { Visit } from '../visit/visit.ts'
import { conditions, rateOf } from '../words/terms.ts'
import { CodeForm } from './code-form.tsx'
import { useCodes } from './codes.ts'
import { filled, type Typed } from './join-fields.ts'
import { JoinForm } from './join-form.tsx'
import { LoginForm } from './login-form.tsx'

interface DoorOf extends Pick<Shown, 'program' | 'proven'> {
  visit: Visit
}

export function Door({ visit, program, proven }: DoorOf) {
  const { t, format } = visit.words.value
  const { mode, verification } = program.signup
  const rate = rateOf(program, format)
  // Kept here, so that going from one form to the other loses nothing.
  const address = useSignal(visit.email.peek())
  const typed = useSignal<Typed>({})
  const loggingIn = useSignal(visit.lapsed.peek())
  const mayLogIn = !proven && !verification
  const codes = useCodes((email) => visit.join(email, filled(program, typed.value)))

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
        <LoginForm visit={visit} address={address} onJoin={() => (loggingIn.value = false)} />
      ) : codes.sent.value ? (
        <CodeForm
          visit={visit}
          sent={codes.sent.value}
          again={codes.send}
          failure={codes.problem.value}
          onOther={codes.forget}
          joins
        />
      ) : (
        <div class="door">
          {mode === 'invite' && !visit.invite() ? (
            <p>{t('join.invite_needed')}</p>
          ) : (
            <JoinForm visit={visit} program={program} asksEmail={!proven} address={address} typed={typed} {...codes} />
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
