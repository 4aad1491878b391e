/** Above a dashboard whose log-in has ended: the way to go on with it. */
import { useEffect, useRef } from 'preact/hooks'
import { rootOf } from '../parts/focus.ts'
import type { Visit } from '../visit/visit.ts'
import { problemText } from '../words/problem.ts'
import { CodeForm } from './code-form.tsx'
import { useCodes } from './codes.ts'

/** All below it stays as it is. */
export function LoginAgain({ visit, email, urgent }: { visit: Visit; email: string; urgent: boolean }) {
  const { t } = visit.words.value
  const { sent, problem, send } = useCodes(visit.sendCode)
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
          visit={visit}
          sent={sent.value}
          again={send}
          failure={problem.value}
          onOther={() => void visit.load()}
          back={() => before.current}
        />
      ) : (
        <div class="bar">
          <button type="button" class="main" onClick={() => void send(email)}>
            {t('login.again')}
          </button>
          <button type="button" class="plain" onClick={() => void visit.load()}>
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
