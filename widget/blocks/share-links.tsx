/** The affiliate's link and the button that copies it: what to share next. */
import { referralLink, spoken, tailOf } from '../links.ts'
import { rateSentence } from '../terms.ts'
import { Block, CopyButton, Cut } from '../ui.tsx'
import type { BlockProps } from './index.ts'

export function ShareLinks({ program, affiliate, t, format }: BlockProps) {
  const link = referralLink(program, affiliate.referral_code)
  const rate = rateSentence(program, t, format)
  return (
    <Block name="share" title={t('share.title')} half>
      <div class="row">
        <output class="link">
          <Cut text={spoken(link)} whole={link} tail={tailOf(link)} />
        </output>
        <CopyButton text={link} t={t} main />
      </div>
      {rate && <p class="label">{rate}</p>}
    </Block>
  )
}
