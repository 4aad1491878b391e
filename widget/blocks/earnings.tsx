/** Where the money stands, per currency: available, on hold with the day it is released, paid out, and their total. */
import type { Balance } from '../../server/public/widget/contract.ts'
import { Block } from '../parts/block.tsx'
import type { BlockProps } from './props.ts'
import { Recent } from './recent.tsx'
import { RequestPayout } from './request-payout.tsx'

/** Beside the sums stands what they are made of. */
export const Earnings = (props: BlockProps) => (
  <>
    <Balances {...props} />
    <Recent {...props} />
  </>
)

function Balances(props: BlockProps) {
  const { program, affiliate, t, format } = props
  const { balances, today } = affiliate
  const hold = program.hold_days
  return (
    <Block name="earnings" title={t('earnings.title')} half>
      {balances.length === 0 && <p class="empty">{t('earnings.empty')}</p>}
      {balances.map((balance) => (
        <dl class="balance" key={balance.currency}>
          <Entry label={t('earnings.available')} amount={format.money(balance.eligible, balance.currency)} />
          <Entry
            label={t('earnings.held')}
            amount={format.money(balance.held, balance.currency)}
            note={releaseOf(balance, today, t, format)}
          />
          <Entry label={t('earnings.paid')} amount={format.money(balance.paid, balance.currency)} />
          <Entry label={t('earnings.total')} amount={format.money(balance.total, balance.currency)} sum />
        </dl>
      ))}
      <RequestPayout {...props} />
      {hold > 0 && <p class="label">{t('earnings.hold', { count: hold, days: format.number(hold) })}</p>}
    </Block>
  )
}

const Entry = ({
  label,
  amount,
  note,
  sum,
}: {
  label: string
  amount: string
  note?: string | undefined
  sum?: boolean
}) => (
  <div class={sum ? 'entry sum' : 'entry'}>
    <dt>{label}</dt>
    <dd>
      <bdi>{amount}</bdi>
      {note && <span class="label">{note}</span>}
    </dd>
  </div>
)

function releaseOf(
  { held, next_release: next, currency }: Balance,
  today: string,
  t: BlockProps['t'],
  format: BlockProps['format'],
) {
  if (!next) return undefined
  const date = format.day(next.at, today)
  if (next.amount === held) return t('earnings.release_all', { date })
  return t('earnings.release', { amount: format.money(next.amount, currency), date })
}
