/** One widget from top to bottom: skeleton, problem, join form or the affiliate's blocks. */
import { useErrorBoundary } from 'preact/hooks'
import type { Dashboard } from '../server/public/widget-contract.ts'
import { blocksOf } from './blocks/index.ts'
import { Join } from './join.tsx'
import { problemText } from './problem.ts'
import { Skeleton } from './skeleton.tsx'
import type { Widget } from './state.ts'
import { Notice } from './ui.tsx'

export function App({ widget }: { widget: Widget }) {
  const { t, locale, dir } = widget.words.value
  return (
    <div
      class="root"
      role="region"
      aria-label={t('widget.label')}
      aria-busy={widget.view.value.kind === 'loading'}
      lang={locale}
      dir={dir}
      style={widget.look.value}
    >
      <div class="blocks">
        <Content widget={widget} />
      </div>
    </div>
  )
}

function Content({ widget }: { widget: Widget }) {
  const view = widget.view.value
  const { t } = widget.words.value
  const [broken, repair] = useErrorBoundary((error) => console.error('[Refgrow]', error))

  const retry = {
    label: t('problem.retry'),
    run() {
      repair()
      void widget.load()
    },
  }
  if (broken) return <Notice tone="bad" text={t('problem.internal')} retry={retry} />
  if (view.kind === 'loading') return <Skeleton joining={!widget.vouched.value} />
  if (view.kind === 'problem') return <Notice tone="bad" text={problemText(view.code, t)} retry={retry} />
  if (!view.dashboard.affiliate) return <Join widget={widget} dashboard={view.dashboard} />
  return <Blocks widget={widget} dashboard={view.dashboard} affiliate={view.dashboard.affiliate} />
}

type BlocksProps = { widget: Widget; dashboard: Dashboard; affiliate: NonNullable<Dashboard['affiliate']> }

function Blocks({ widget, dashboard, affiliate }: BlocksProps) {
  const { t, format } = widget.words.value
  return (
    <>
      {affiliate.status !== 'active' && <Notice text={t(`status.${affiliate.status}`)} />}
      {blocksOf(dashboard.program).map(({ id, Component }) => (
        <Component key={id} program={dashboard.program} affiliate={affiliate} t={t} format={format} />
      ))}
    </>
  )
}
