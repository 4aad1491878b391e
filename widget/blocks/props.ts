/** What every block is given. */
import type { Formats } from '../../locales/format.ts'
import type { AffiliateDashboard, Program } from '../../server/public/widget/contract.ts'
import type { Actions } from '../visit/actions.ts'
import type { Translate } from '../words/words.ts'

export interface BlockProps {
  program: Program
  affiliate: AffiliateDashboard
  actions: Actions
  t: Translate
  format: Formats
}
