/** The affiliate's link and the button that copies it: what to share next. */
import { referralLink } from '../links.ts'
import { rateSentence } from '../terms.ts'
import { Block, OwnLink } from '../ui.tsx'
import type { BlockProps } from './index.ts'

export function ShareLinks({ program, affiliate, t, format }: BlockProps) {
  const rate = rateSentence(program, t, format)
  return (
    <Block name="share" title={t('share.title')} half>
      <OwnLink link={referralLink(program, affiliate.referral_code)} t={t} />
      {rate && <p class="label">{rate}</p>}
    </Block>
  )
}
