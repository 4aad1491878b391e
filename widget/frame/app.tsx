/** One widget from top to bottom: skeleton, problem, the door or the affiliate's blocks. */
import { useSignal, type Signal } from '@preact/signals'
import { Door } from '../door/door.tsx'
import { LoginAgain } from '../door/login-again.tsx'
import type { Visit } from '../visit/visit.ts'
import { Dashboard } from './dashboard.tsx'
import { Footer } from './footer.tsx'
import { Problem, Safe } from './problem.tsx'
import { Skeleton } from './skeleton.tsx'

export function App({ visit }: { visit: Visit }) {
  const { t, locale, dir } = visit.words.value
  const shown = visit.shown.value
  const whole = useSignal(false)
  const opens = shown.kind === 'dashboard'
  const ended = opens && shown.ended
  const busy = shown.kind === 'loading' || (opens && !whole.value)
  const room = opens || visit.vouched.value ? 'room' : 'door-room'
  return (
    <div
      class="root"
      role="region"
      aria-label={t('widget.label')}
      aria-busy={busy}
      tabIndex={-1}
      lang={locale}
      dir={dir}
      style={visit.look.value}
    >
      {/* Always there, so that what comes into it is announced. */}
      <div class="unseen" aria-live="polite">
        {ended && t('login.expired')}
      </div>
      <div class={busy ? `blocks ${room}` : 'blocks'}>
        {ended && <LoginAgain visit={visit} {...ended} />}
        <Safe visit={visit} onBroken={() => (whole.value = true)}>
          <Content visit={visit} whole={whole} />
        </Safe>
      </div>
      <Footer visit={visit} />
    </div>
  )
}

function Content({ visit, whole }: { visit: Visit; whole: Signal<boolean> }) {
  const shown = visit.shown.value
  switch (shown.kind) {
    case 'loading':
      return <Skeleton joining={!visit.vouched.value} />
    case 'problem':
      return <Problem visit={visit} code={shown.code} retry={() => void visit.load()} />
    case 'door':
      return <Door visit={visit} program={shown.program} proven={shown.proven} />
    case 'dashboard':
      return <Dashboard visit={visit} whole={whole} program={shown.program} affiliate={shown.affiliate} />
  }
}
