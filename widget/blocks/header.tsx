/** What the programme is, and the answer to the first two questions: what did I earn, when do I get it. */
import type { Balance } from '../../server/public/widget-contract.ts'
import { Block, Figure } from '../ui.tsx'
import type { BlockProps } from './index.ts'

export function Header({ program, affiliate, t, format }: BlockProps) {
  const showsMoney = program.blocks.some(({ id, enabled }) => enabled && id === 'earnings')
  return (
    <Block name="header">
      <h2>{program.title ?? t('header.title', { name: program.name })}</h2>
      {showsMoney && (
        <Headline balances={affiliate.balances} program={program} today={affiliate.today} t={t} format={format} />
      )}
      {program.description && <p class="label">{program.description}</p>}
    </Block>
  )
}

type HeadlineProps = Pick<BlockProps, 'program' | 't' | 'format'> & { balances: Balance[]; today: string }

function Headline({ balances, program, today, t, format }: HeadlineProps) {
  const [first, ...others] = balances
  const total = format.money(first?.total ?? 0, first?.currency ?? program.currency)
  return (
    <div class="headline">
      <span class="label">{t('headline.earned')}</span>
      <Figure text={total} />
      <p>{first ? whenOf(first, today, t, format) : t('headline.empty')}</p>
      {others.length > 0 && (
        <p class="label">
          {t('headline.others', {
            amounts: format.list(others.map(({ total: sum, currency }) => format.money(sum, currency))),
          })}
        </p>
      )}
    </div>
  )
}

function whenOf(
  { eligible, currency, next_release: next }: Balance,
  today: string,
  t: BlockProps['t'],
  format: BlockProps['format'],
) {
  return [
    t('headline.available', { amount: format.money(eligible, currency) }),
    next && t('headline.release', { amount: format.money(next.amount, currency), date: format.day(next.at, today) }),
  ]
    .filter(Boolean)
    .join(' · ')
}
