/** A link of the affiliate's, to be copied. */
import { Copyable } from '../parts/copyable.tsx'
import type { Translate } from '../words/words.ts'
import { spoken, tailOf } from './links.ts'

/** The link, cut where it is too long, and the button that copies the whole of it. */
export const OwnLink = ({ link, quiet, t }: { link: string; quiet?: boolean; t: Translate }) => (
  <Copyable text={link} shown={spoken(link)} tail={tailOf(link)} label={t('share.copy')} quiet={quiet} t={t} />
)
