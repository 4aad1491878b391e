/** One widget from top to bottom: skeleton, problem, the door or the affiliate's blocks. */
import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'
import type { Dashboard } from '../server/public/widget-contract.ts'
import { blocksOf } from './blocks/index.ts'
import { Footer } from './footer.tsx'
import { Join } from './join.tsx'
import { Again } from './login.tsx'
import { problemText } from './problem.ts'
import { Skeleton } from './skeleton.tsx'
import type { Widget } from './state.ts'
import { Notice } from './ui.tsx'

export function App({ widget }: { widget: Widget }) {
  const { t, locale, dir } = widget.words.value
  const ended = widget.ended.value
  return (
    <div
      class="root"
      role="region"
      aria-label={t('widget.label')}
      aria-busy={widget.view.value.kind === 'loading'}
      tabIndex={-1}
      lang={locale}
      dir={dir}
      style={widget.look.value}
    >
      {/* Always there, so that what comes into it is announced. */}
      <div class="unseen" aria-live="polite">
        {ended && t('login.expired')}
      </div>
      <div class="blocks">
        {ended && <Again widget={widget} {...ended} />}
        <Safe widget={widget}>
          <Content widget={widget} />
        </Safe>
      </div>
      <Footer widget={widget} />
    </div>
  )
}

/** What breaks in it breaks nothing around it. */
function Safe({ widget, children }: { widget: Widget; children: ComponentChildren }) {
  const [broken, repair] = useErrorBoundary((error) => console.error('[Refgrow]', error))
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

function Content({ widget }: { widget: Widget }) {
  const view = widget.view.value
  if (view.kind === 'loading') return <Skeleton joining={!widget.vouched.value} />
  if (view.kind === 'problem') return <Problem widget={widget} code={view.code} retry={() => void widget.load()} />
  if (!view.dashboard.affiliate) return <Join widget={widget} dashboard={view.dashboard} />
  return <Blocks widget={widget} dashboard={view.dashboard} affiliate={view.dashboard.affiliate} />
}

type BlocksProps = { widget: Widget; dashboard: Dashboard; affiliate: NonNullable<Dashboard['affiliate']> }

function Blocks({ widget, dashboard: { program }, affiliate }: BlocksProps) {
  const { t, format } = widget.words.value
  const { actions } = widget
  return (
    <>
      {affiliate.status !== 'active' && <Notice text={t(`status.${affiliate.status}`)} />}
      {blocksOf(program).map(({ id, Component }) => (
        <Safe key={id} widget={widget}>
          <Component program={program} affiliate={affiliate} actions={actions} t={t} format={format} />
        </Safe>
      ))}
    </>
  )
}
