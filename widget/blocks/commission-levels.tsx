/** The ladder: what each level earns and asks for, which one the affiliate is on, and how far it is to the next. */
import { useId } from 'preact/hooks'
import type { Level } from '../../server/public/widget/contract.ts'
import { Row } from '../parts/row.tsx'
import { rateSentence } from '../words/terms.ts'
import { Block } from '../parts/block.tsx'
import type { BlockProps } from './props.ts'

export function CommissionLevels(props: BlockProps) {
  const { program, affiliate, t, format } = props
  const { levels } = program
  const { level_id: current, progress } = affiliate
  if (levels.length === 0) return null
  return (
    <Block name="levels" title={t('levels.title')} half>
      <ul>
        {levels.map((level) => (
          <Row
            key={level.id}
            current={level.id === current}
            title={<bdi>{level.name}</bdi>}
            amount={rateSentence(level, t, format, 'levels')}
            notes={[conditionOf(level, props)]}
            status={level.id === current ? t('levels.current') : undefined}
          />
        ))}
      </ul>
      {progress && <Progress {...props} progress={progress} />}
      {!progress && current === levels.at(-1)!.id && <p class="label">{t('levels.top')}</p>}
    </Block>
  )
}

function Progress({ program, progress, t, format }: BlockProps & { progress: { level_id: number; value: number } }) {
  const id = useId()
  const next = program.levels.find((level) => level.id === progress.level_id)
  if (!next || next.threshold <= 0) return null
  const { name, threshold } = next
  const write = (value: number) => valueOf(next, value, program.currency, format)
  const percent = Math.min(100, Math.max(0, (progress.value / threshold) * 100))
  return (
    <div class="part">
      <div
        class="meter"
        role="progressbar"
        aria-labelledby={id}
        aria-valuenow={Math.floor(percent)}
        style={{ '--part': `${percent}%` }}
      />
      <p id={id} class="label">
        {t('levels.progress', { value: write(progress.value), goal: write(threshold), name })}
      </p>
    </div>
  )
}

function conditionOf(level: Level, { program, t, format }: BlockProps) {
  const { metric, period, threshold } = level
  if (metric === 'custom') return t('levels.custom')
  if (threshold <= 0) return undefined
  const value = valueOf(level, threshold, program.currency, format)
  const condition = t(`levels.${metric}`, { count: threshold, value })
  return period === 'total' || metric === 'months' ? condition : `${condition} ${t(`levels.${period}`)}`
}

const valueOf = ({ metric }: Level, value: number, currency: string, format: BlockProps['format']) =>
  metric === 'amount' ? format.money(value, currency) : format.number(value)
