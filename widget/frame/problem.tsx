/** What went wrong, with a button that tries again; also where a part of the widget breaks. */
import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'
import { Notice } from '../parts/notice.tsx'
import type { Visit } from '../visit/visit.ts'
import { problemText } from '../words/problem.ts'

export function Problem({ visit, code, retry }: { visit: Visit; code: string; retry: () => void }) {
  const { t } = visit.words.value
  return <Notice tone="bad" text={problemText(code, t)} retry={{ label: t('problem.retry'), run: retry }} />
}

interface SafeProps {
  visit: Visit
  onBroken?: () => void
  children: ComponentChildren
}

/** What breaks in it breaks nothing around it. */
export function Safe({ visit, onBroken, children }: SafeProps) {
  const [broken, repair] = useErrorBoundary((error) => {
    console.error('[Refgrow]', error)
    onBroken?.()
  })
  if (!broken) return children
  return (
    <Problem
      visit={visit}
      code="internal"
      retry={() => {
        repair()
        void visit.load()
      }}
    />
  )
}
