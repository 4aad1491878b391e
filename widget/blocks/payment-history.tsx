/** What was paid out, newest first, and the statement of everything. */
import { useAttempt } from './attempt.ts'
import { problemText } from '../words/problem.ts'
import { Row } from '../parts/row.tsx'
import { Block } from '../parts/block.tsx'
import type { BlockProps } from './props.ts'

/** Rails with a name of their own; the others are the owner's transfer. */
const NAMED: Record<string, string> = { paypal: 'PayPal', wise: 'Wise' }

export function PaymentHistory({ affiliate: { payouts, today }, actions, t, format }: BlockProps) {
  const { busy, failure, run } = useAttempt()
  return (
    <Block name="history" title={t('history.title')} half>
      {payouts.length === 0 ? (
        <p class="empty">{t('history.empty')}</p>
      ) : (
        <>
          <div class="scroll" tabIndex={0} role="region" aria-label={t('history.title')}>
            <ul>
              {payouts.map(({ id, at, amount, currency, method, status }) => (
                <Row
                  key={id}
                  title={format.day(at, today)}
                  amount={format.money(amount, currency)}
                  notes={[NAMED[method] ?? t('history.manual')]}
                  status={<span data-tone={status === 'reversed' ? 'bad' : undefined}>{t(`history.${status}`)}</span>}
                />
              ))}
            </ul>
          </div>
          <div class="buttons">
            <button type="button" class="quiet" aria-disabled={busy.value} onClick={() => void run(actions.statement)}>
              {t('history.statement')}
            </button>
            <p class="problem" role="alert">
              {failure.value && problemText(failure.value.code, t)}
            </p>
          </div>
        </>
      )}
    </Block>
  )
}
