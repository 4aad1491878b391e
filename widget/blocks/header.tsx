/** What the program is, and the answer to the first two questions: what did I earn, when do I get it. */
import type { Balance } from '../../server/public/widget/contract.ts'
import { Block } from '../parts/block.tsx'
import { Figure } from '../parts/figure.tsx'
import type { BlockProps } from './props.ts'

export function Header({ program, affiliate, t, format }: BlockProps) {
  const showsMoney = program.blocks.some(({ id, enabled }) => enabled && id === 'earnings')
  return (
    <Block name="header">
      <h2>
        <bdi>{program.title ?? t('header.title', { name: program.name })}</bdi>
      </h2>
      {showsMoney && (
        <Headline balances={affiliate.balances} program={program} today={affiliate.today} t={t} format={format} />
      )}
      {program.description && (
        <p class="label">
          <bdi>{program.description}</bdi>
        </p>
      )}
    </Block>
  )
}

type HeadlineProps = Pick<BlockProps, 'program' | 't' | 'format'> & { balances: Balance[]; today: string }

function Headline({ balances, program, today, t, format }: HeadlineProps) {
  const [first, ...others] = balances
  const write = ({ total, currency }: Pick<Balance, 'total' | 'currency'>) => format.money(total, currency)
  return (
    <div class="headline">
      <Figure label={t('headline.earned')} text={write(first ?? { total: 0, currency: program.currency })} />
      {others.length > 0 && <p class="label">{t('headline.others', { amounts: format.list(others.map(write)) })}</p>}
      {first ? <When balance={first} today={today} t={t} format={format} /> : <p>{t('headline.empty')}</p>}
    </div>
  )
}

type WhenProps = Pick<BlockProps, 't' | 'format'> & { balance: Balance; today: string }

function When({ balance: { eligible, currency, next_release: next }, today, t, format }: WhenProps) {
  const money = (amount: number) => format.money(amount, currency)
  return (
    <p class="when">
      <span>{t('headline.available', { amount: money(eligible) })}</span>
      {next && <span>{t('headline.release', { amount: money(next.amount), date: format.day(next.at, today) })}</span>}
    </p>
  )
}
