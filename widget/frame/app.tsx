/** One widget from top to bottom: skeleton, problem, the door or the affiliate's blocks. */
import type { ComponentChildren } from 'preact'
import { useSignal, type Signal } from '@preact/signals'
import { useEffect, useErrorBoundary } from 'preact/hooks'
import type { Dashboard } from '../../server/public/widget/contract.ts'
import { blocksOf } from '../blocks/list.ts'
import { Footer } from './footer.tsx'
import { Join } from '../door/join.tsx'
import { Again } from '../door/login.tsx'
import { problemText } from '../words/problem.ts'
import { Skeleton } from './skeleton.tsx'
import type { Widget } from '../visit/visit.ts'
import { Notice } from '../parts/block.tsx'

export function App({ widget }: { widget: Widget }) {
  const { t, locale, dir } = widget.words.value
  const ended = widget.ended.value
  const view = widget.view.value
  const whole = useSignal(false)
  const opens = view.kind === 'open' && view.dashboard.affiliate !== null
  const busy = view.kind === 'loading' || (opens && !whole.value)
  const room = opens || widget.vouched.value ? 'room' : 'door-room'
  return (
    <div
      class="root"
      role="region"
      aria-label={t('widget.label')}
      aria-busy={busy}
      tabIndex={-1}
      lang={locale}
      dir={dir}
      style={widget.look.value}
    >
      {/* Always there, so that what comes into it is announced. */}
      <div class="unseen" aria-live="polite">
        {ended && t('login.expired')}
      </div>
      <div class={busy ? `blocks ${room}` : 'blocks'}>
        {ended && <Again widget={widget} {...ended} />}
        <Safe widget={widget} onBroken={() => (whole.value = true)}>
          <Content widget={widget} whole={whole} />
        </Safe>
      </div>
      <Footer widget={widget} />
    </div>
  )
}

interface SafeProps {
  widget: Widget
  onBroken?: () => void
  children: ComponentChildren
}

/** What breaks in it breaks nothing around it. */
function Safe({ widget, onBroken, children }: SafeProps) {
  const [broken, repair] = useErrorBoundary((error) => {
    console.error('[Refgrow]', error)
    onBroken?.()
  })
  if (!broken) return children
  return (
    <Problem
      widget={widget}
      code="internal"
      retry={() => {
        repair()
        void widget.load()
      }}
    />
  )
}

function Problem({ widget, code, retry }: { widget: Widget; code: string; retry: () => void }) {
  const { t } = widget.words.value
  return <Notice tone="bad" text={problemText(code, t)} retry={{ label: t('problem.retry'), run: retry }} />
}

function Content({ widget, whole }: { widget: Widget; whole: Signal<boolean> }) {
  const view = widget.view.value
  if (view.kind === 'loading') return <Skeleton joining={!widget.vouched.value} />
  if (view.kind === 'problem') return <Problem widget={widget} code={view.code} retry={() => void widget.load()} />
  if (!view.dashboard.affiliate) return <Join widget={widget} dashboard={view.dashboard} />
  return <Blocks widget={widget} whole={whole} dashboard={view.dashboard} affiliate={view.dashboard.affiliate} />
}

/** Two frames later, what stands there now has been painted. The answer calls it off. */
function afterPaint(run: () => void) {
  let frame = requestAnimationFrame(() => (frame = requestAnimationFrame(run)))
  return () => cancelAnimationFrame(frame)
}

/** So many blocks are drawn at once: what is seen without scrolling. The others follow when those are to be seen. */
const FIRST = 4

interface BlocksProps {
  widget: Widget
  /** Is all drawn that will be? */
  whole: Signal<boolean>
  dashboard: Dashboard
  affiliate: NonNullable<Dashboard['affiliate']>
}

function Blocks({ widget, whole, dashboard: { program }, affiliate }: BlocksProps) {
  const { t, format } = widget.words.value
  const { actions } = widget
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
          <Safe key={id} widget={widget}>
            <Component program={program} affiliate={affiliate} actions={actions} t={t} format={format} />
          </Safe>
        ))}
    </>
  )
}
