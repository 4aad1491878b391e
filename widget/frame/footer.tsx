/** Under the dashboard: the way out, and whose work it is. */
import type { Visit } from '../visit/visit.ts'

const HOME = 'https://refgrow.com'
/** Stands in the sentence where the name goes. */
const GAP = '\uFFFC'

export function Footer({ visit }: { visit: Visit }) {
  const { t } = visit.words.value
  const shown = visit.shown.value
  if (!('program' in shown)) return null
  const powered = shown.program.powered_by
  const leaves = visit.loggedIn.value
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
        <button type="button" class="plain" onClick={visit.logout}>
          {t('login.out')}
        </button>
      )}
    </footer>
  )
}
