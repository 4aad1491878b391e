/** How the link has done since the beginning. */
import { Block, Figure } from '../ui.tsx'
import type { BlockProps } from './index.ts'

export function Stats({ affiliate, t, format }: BlockProps) {
  const { totals } = affiliate
  return (
    <Block name="stats" title={t('stats.title')} half>
      <div class="figures">
        {(['clicks', 'signups', 'purchases'] as const).map((metric) => (
          <Figure
            key={metric}
            text={format.count(totals[metric])}
            whole={format.number(totals[metric])}
            label={t(`stats.${metric}`)}
          />
        ))}
      </div>
    </Block>
  )
}
