/** Under the dashboard: the way out, and whose work it is. */
import type { Widget } from '../visit/visit.ts'

const HOME = 'https://refgrow.com'
/** Stands in the sentence where the name goes. */
const GAP = '\uFFFC'

export function Footer({ widget }: { widget: Widget }) {
  const { t } = widget.words.value
  const view = widget.view.value
  if (view.kind !== 'open') return null
  const powered = view.dashboard.program.powered_by
  const leaves = widget.loggedIn.value
  if (!powered && !leaves) return null
  const [before, after] = t('footer.powered', { name: GAP }).split(GAP)
  return (
    <footer class="foot">
      {powered && (
        <p class="label">
          {before}
          <a href={HOME} target="_blank" rel="noopener">
            Refgrow
          </a>
          {after}
        </p>
      )}
      {leaves && (
        <button type="button" class="plain" onClick={widget.logout}>
          {t('login.out')}
        </button>
      )}
    </footer>
  )
}
