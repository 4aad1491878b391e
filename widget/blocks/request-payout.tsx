/** Asks the owner to pay what is available, or says what is missing before the owner can be asked. */
import { useAttempt } from './attempt.ts'
import { useFocusAfter } from '../parts/focus.ts'
import { problemText } from '../words/problem.ts'
import type { BlockProps } from './props.ts'

export function RequestPayout({ program, affiliate, actions, t, format }: BlockProps) {
  const { busy, failure, run } = useAttempt()
  const { payout_request: asked, payout_method: method, balances, today } = affiliate
  const part = useFocusAfter(asked !== null)
  const { requests, minimum } = program.payout
  if (!requests) return null

  // The minimum is in the program's own currency; of the others there must be something.
  const payable = balances.filter(
    ({ eligible, currency }) => eligible > 0 && (currency !== program.currency || eligible >= minimum),
  )
  const money = (amount: number, currency: string) => format.money(amount, currency)
  const missing = [
    payable.length === 0 && minimum > 0 && t('payout.minimum', { amount: money(minimum, program.currency) }),
    !method && t('payout.method'),
  ].filter((sentence) => sentence !== false)

  if (asked) {
    const amount = money(asked.amount, asked.currency)
    return (
      <div ref={part}>
        <p tabIndex={-1}>{t('payout.requested', { amount, date: format.day(asked.at, today) })}</p>
      </div>
    )
  }
  if (missing.length > 0) return <p>{missing.join(' ')}</p>
  return (
    <div ref={part} class="buttons">
      {payable.map(({ currency, eligible }) => (
        <button
          type="button"
          class="main"
          key={currency}
          aria-disabled={busy.value}
          onClick={() => void run(() => actions.requestPayout(currency))}
        >
          {t('payout.request')}
          {payable.length > 1 && ` · ${money(eligible, currency)}`}
        </button>
      ))}
      <p class="problem" role="alert">
        {failure.value && problemText(failure.value.code, t)}
      </p>
    </div>
  )
}
