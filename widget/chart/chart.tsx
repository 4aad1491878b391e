/**
 * One line with a faint area, three hairlines, and a readout that follows pointer and arrow keys.
 * Nothing is measured: the plot is drawn in percent and stretched by the browser, and mirrored from right to left by CSS.
 */
import { useSignal } from '@preact/signals'
import { areaPath, linePath, scaleOf, x } from './scale.ts'
import { AsTable, type TableProps } from './table.tsx'

interface ChartProps extends TableProps {
  summary: { amount: string; text: string }
  tick: (value: number) => string
}

export function Chart({ points, name, label, summary, write, tick, t, format }: ChartProps) {
  const at = useSignal<number | null>(null)
  const last = points.length - 1
  const active = at.value === null ? null : Math.min(at.value, last)
  const scale = scaleOf(points.map(({ value }) => value))
  const lastPoint = points[last]!
  const shown = points[active ?? last]!
  const sign = (value: number) => (value < 0 ? 'bad' : undefined)

  function follow(event: PointerEvent) {
    const plot = event.currentTarget as HTMLElement
    const { left, width } = plot.getBoundingClientRect()
    const share = (event.clientX - left) / width
    const fromStart = isMirrored(plot) ? 1 - share : share
    at.value = Math.round(Math.min(1, Math.max(0, fromStart)) * last)
  }

  function step(event: KeyboardEvent) {
    const forward = isMirrored(event.currentTarget as HTMLElement) ? -1 : 1
    const moves: Record<string, number> = {
      ArrowLeft: (active ?? last) - forward,
      ArrowRight: (active ?? last) + forward,
      ArrowDown: (active ?? last) - 1,
      ArrowUp: (active ?? last) + 1,
      PageDown: (active ?? last) - 7,
      PageUp: (active ?? last) + 7,
      Home: 0,
      End: last,
    }
    const to = moves[event.key]
    if (to === undefined) return
    event.preventDefault()
    at.value = Math.min(last, Math.max(0, to))
  }

  return (
    <figure class="chart">
      <p class="summary" data-hidden={active !== null}>
        <b>{summary.amount}</b> <span class="label">{summary.text}</span>
      </p>
      <div
        class="plot"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={active ?? last}
        aria-valuetext={`${format.longDay(shown.day)}: ${write(shown.value)}`}
        onPointerMove={follow}
        onPointerDown={follow}
        onPointerLeave={({ pointerType }) => pointerType === 'mouse' && (at.value = null)}
        onFocus={() => (at.value ??= last)}
        onBlur={() => (at.value = null)}
        onKeyDown={step}
      >
        {scale.ticks.map((value) => (
          <i class="hair" key={value} style={{ top: `${scale.y(value)}%` }} />
        ))}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <path class="area" d={areaPath(points, scale)} />
          <path class="line" d={linePath(points, scale)} />
        </svg>
        {active !== null && <i class="cursor" style={{ '--x': `${x(active, points.length)}` }} />}
        {(active !== null || last === 0) && (
          <i class="dot" style={{ '--x': `${x(active ?? 0, points.length)}`, top: `${scale.y(shown.value)}%` }} />
        )}
        {active !== null && (
          <span class="readout" style={{ '--x': `${x(active, points.length)}` }}>
            <b data-tone={sign(shown.value)}>{write(shown.value)}</b>{' '}
            <span class="label">{format.day(shown.day, lastPoint.day)}</span>
          </span>
        )}
      </div>
      <div class="ticks" aria-hidden="true">
        {scale.ticks.map((value) => (
          <span key={value} style={{ top: `${scale.y(value)}%` }}>
            {tick(value)}
          </span>
        ))}
        <span class="widest">
          {scale.ticks.map(tick).reduce((one, other) => (other.length > one.length ? other : one))}
        </span>
      </div>
      <div class="ends" aria-hidden="true">
        <span>{format.day(points[0]!.day, lastPoint.day)}</span>
        <span>{format.day(lastPoint.day)}</span>
      </div>
      <AsTable points={points} name={name} label={label} write={write} t={t} format={format} />
    </figure>
  )
}

const isMirrored = (element: Element) => getComputedStyle(element).direction === 'rtl'
