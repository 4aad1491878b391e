/** The affiliate's blocks: those in sight first, the others right after. */
import type { Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { blocksOf } from '../blocks/list.ts'
import { Notice } from '../parts/notice.tsx'
import type { OpenDashboard } from '../visit/shown.ts'
import type { Visit } from '../visit/visit.ts'
import { Safe } from './problem.tsx'

interface DashboardProps extends Pick<OpenDashboard, 'program' | 'affiliate'> {
  visit: Visit
  /** Is all drawn that will be? */
  whole: Signal<boolean>
}

/** So many blocks are drawn at once: what is seen without scrolling. The others follow when those are to be seen. */
const FIRST = 4

export function Dashboard({ visit, whole, program, affiliate }: DashboardProps) {
  const { t, format } = visit.words.value
  const { actions } = visit
  useEffect(() => {
    const stop = afterPaint(() => (whole.value = true))
    return () => {
      stop()
      whole.value = false
    }
  }, [])
  return (
    <>
      {affiliate.status !== 'active' && <Notice text={t(`status.${affiliate.status}`)} />}
      {blocksOf(program)
        .slice(0, whole.value ? undefined : FIRST)
        .map(({ id, Component }) => (
          <Safe key={id} visit={visit}>
            <Component program={program} affiliate={affiliate} actions={actions} t={t} format={format} />
          </Safe>
        ))}
    </>
  )
}

/** Two frames later, what stands there now has been painted. The answer calls it off. */
function afterPaint(run: () => void) {
  let frame = requestAnimationFrame(() => (frame = requestAnimationFrame(run)))
  return () => cancelAnimationFrame(frame)
}
