/** How the link has done since the beginning. */
import { Block } from '../parts/block.tsx'
import { Figure } from '../parts/figure.tsx'
import type { BlockProps } from './props.ts'

const METRICS = ['clicks', 'signups', 'purchases'] as const

export function Stats({ affiliate, t, format }: BlockProps) {
  const { totals } = affiliate
  const length = Math.max(...METRICS.map((metric) => format.count(totals[metric]).length))
  return (
    <Block name="stats" title={t('stats.title')} half>
      <div class="figures">
        {METRICS.map((metric) => (
          <Figure
            key={metric}
            length={length}
            text={format.count(totals[metric])}
            whole={format.number(totals[metric])}
            label={t(`stats.${metric}`)}
          />
        ))}
      </div>
    </Block>
  )
}
