/** What the newest referrals and sales brought, each with the reason why it was credited. */
import type { Activity } from '../../server/public/widget/contract.ts'
import { Row } from '../parts/row.tsx'
import { Block } from '../parts/block.tsx'
import type { BlockProps } from './props.ts'

type Words = Pick<BlockProps, 't' | 'format'> & { today: string }

export function Recent({ affiliate: { recent, today }, t, format }: BlockProps) {
  const words = { today, t, format }
  return (
    <Block name="recent" title={t('recent.title')} half>
      {recent.length === 0 ? (
        <p class="empty">{t('recent.empty')}</p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label={t('recent.title')}>
          <ul>
            {recent.map((one) => (
              <Row
                key={one.id}
                title={titleOf(one, words)}
                amount={amountOf(one, words)}
                notes={[format.day(one.at, today), reasonOf(one, t)]}
                status={statusOf(one, words)}
                loss={lossOf(one, words)}
              />
            ))}
          </ul>
        </div>
      )}
    </Block>
  )
}

function titleOf({ type, sale }: Activity, { t, format }: Words) {
  if (type === 'purchase' && sale) return t('recent.purchase', { amount: format.money(sale.amount, sale.currency) })
  return t(type === 'signup' ? 'recent.signup' : 'recent.other')
}

/** Green is money that came in; what is not decided yet, or was never one, is none. */
function amountOf({ commission, status, type }: Activity, { t, format }: Words) {
  if (commission) {
    const { amount, currency } = commission
    return <b data-tone={amount > 0 ? 'good' : undefined}>{format.gain(amount, currency)}</b>
  }
  return status === 'approved' && type !== 'signup' ? <span class="label">{t('recent.nothing')}</span> : undefined
}

function statusOf({ commission, status }: Activity, { today, t, format }: Words) {
  if (status !== 'approved') return t(`recent.${status}`)
  if (!commission || commission.amount <= 0) return undefined
  const { release_at: release } = commission
  if (!release) return t('recent.pending')
  if (release.slice(0, 10) <= today) return t('recent.available')
  return t('recent.held', { date: format.day(release, today) })
}

function lossOf({ commission }: Activity, { t, format }: Words) {
  if (!commission?.taken_back) return undefined
  return t('recent.taken_back', { amount: format.money(commission.taken_back, commission.currency) })
}

/** A code that came with a purchase came in one of three ways; to the affiliate they are one. */
function reasonOf({ reason: { kind, code } }: Activity, t: BlockProps['t']) {
  switch (kind) {
    case 'click':
    case 'email':
    case 'manual':
    case 'second_tier':
      return t(`reason.${kind}`)
    default:
      // Without a code to name, it came with the affiliate's link.
      return code ? t(kind === 'coupon' ? 'reason.coupon' : 'reason.code', { code }) : t('reason.click')
  }
}
