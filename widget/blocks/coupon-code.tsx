/** The affiliate's coupon codes: a purchase with one of them is credited to them. */
import { Block } from '../parts/block.tsx'
import { Copyable } from '../parts/copyable.tsx'
import type { BlockProps } from './props.ts'

export const CouponCode = ({ affiliate: { coupons }, t }: BlockProps) => (
  <Block name="coupon" title={t('coupon.title')} half>
    {coupons.map(({ code }) => (
      <Copyable key={code} text={code} label={t('coupon.copy')} quiet t={t} />
    ))}
    <p class="label">{t(coupons.length > 0 ? 'coupon.note' : 'coupon.empty')}</p>
  </Block>
)
