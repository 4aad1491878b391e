/** The last days as a line: clicks, signups, purchases or money earned. */
import { useSignal } from '@preact/signals'
import type { AffiliateDashboard, DailyCounts } from '../../server/public/widget/contract.ts'
import { lastDays } from '../chart/scale.ts'
import { Chart } from '../chart/chart.tsx'
import { Block } from '../parts/block.tsx'
import { Choice } from '../parts/choice.tsx'
import type { BlockProps } from './props.ts'

const RANGES = [7, 30, 90, 365] as const
const METRICS = ['clicks', 'signups', 'purchases', 'earnings'] as const
type Metric = (typeof METRICS)[number]

export function DailyStats({ program, affiliate, t, format }: BlockProps) {
  const metric = useSignal<Metric>('clicks')
  const range = useSignal<number>(30)
  const currencies = currenciesOf(affiliate)
  const currency = useSignal(currencies[0] ?? program.currency)

  if (nothingYet(affiliate)) {
    return (
      <Block name="daily" title={t('daily.title')}>
        <p class="empty">{t('daily.empty')}</p>
      </Block>
    )
  }

  const names: Record<Metric, string> = {
    clicks: t('stats.clicks'),
    signups: t('stats.signups'),
    purchases: t('stats.purchases'),
    earnings: t('daily.earnings'),
  }
  const money = metric.value === 'earnings'
  const of = (entry: DailyCounts) => {
    const { value } = metric
    return value === 'earnings' ? (entry.earnings[currency.value] ?? 0) : entry[value]
  }
  const points = lastDays(affiliate.daily, affiliate.today, range.value, of)
  const sum = points.reduce((total, point) => total + point.value, 0)
  const write = (value: number) => (money ? format.money(value, currency.value) : format.number(value))

  return (
    <Block name="daily">
      <div class="bar">
        <h3>{t('daily.title')}</h3>
        <Choice
          label={t('daily.range')}
          value={range}
          options={RANGES.map((value) => ({ value, text: format.days(value) }))}
        />
        <Choice
          label={t('daily.metric')}
          value={metric}
          options={METRICS.map((value) => ({ value, text: names[value] }))}
        />
        {money && currencies.length > 1 && (
          <Choice
            label={t('daily.currency')}
            value={currency}
            options={currencies.map((value) => ({ value, text: value }))}
          />
        )}
      </div>
      <Chart
        points={points}
        name={names[metric.value]}
        label={t('daily.per_day', { metric: names[metric.value] })}
        summary={{
          amount: write(sum),
          text: t('daily.total', { count: range.value, days: format.number(range.value) }),
        }}
        write={(value) => (money && value < 0 ? `${write(value)} ${t('daily.taken_back')}` : write(value))}
        tick={(value) => (money ? format.shortMoney(value, currency.value) : format.count(value))}
        t={t}
        format={format}
      />
    </Block>
  )
}

const nothingYet = ({ totals, daily }: AffiliateDashboard) =>
  daily.length === 0 && totals.clicks + totals.signups + totals.purchases === 0

const currenciesOf = ({ balances, daily }: AffiliateDashboard) => [
  ...new Set([...balances.map(({ currency }) => currency), ...daily.flatMap(({ earnings }) => Object.keys(earnings))]),
]
