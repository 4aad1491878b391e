/** The chart as a table. */
import { useSignal } from '@preact/signals'
import type { Formats } from '../../locales/format.ts'
import type { Translate } from '../words/words.ts'
import type { Point } from './scale.ts'

export interface TableProps {
  points: Point[]
  /** What is counted: `Clicks`. */
  name: string
  /** `Clicks per day` */
  label: string
  write: (value: number) => string
  t: Translate
  format: Formats
}

/** The same days for those who read rather than look, newest first; filled when it is opened. */
export function AsTable({ points, name, label, write, t, format }: TableProps) {
  const open = useSignal(false)
  return (
    <details onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{t('daily.table')}</summary>
      {open.value && (
        <div class="scroll" tabIndex={0} role="region" aria-label={label}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('daily.date')}</th>
                <th scope="col">{name}</th>
              </tr>
            </thead>
            <tbody>
              {points.toReversed().map(({ day, value }) => (
                <tr key={day}>
                  <th scope="row">{format.day(day, points.at(-1)!.day)}</th>
                  <td>{write(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  )
}
