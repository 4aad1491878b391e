/** Which block of the project's settings is drawn by which component. An id that is not here is left out. */
import type { ComponentType } from 'preact'
import type { Program } from '../../server/public/widget/contract.ts'
import { CommissionLevels } from './commission-levels.tsx'
import { CouponCode } from './coupon-code.tsx'
import { DailyStats } from './daily-stats.tsx'
import { Earnings } from './earnings.tsx'
import { Header } from './header.tsx'
import { MultiTier } from './multi-tier.tsx'
import { PaymentHistory } from './payment-history.tsx'
import { PaymentMethods } from './payment-methods.tsx'
import { PromotionalMaterials } from './promotional-materials.tsx'
import { ShareLinks } from './share-links.tsx'
import type { BlockProps } from './props.ts'
import { Stats } from './stats.tsx'

const BLOCKS: Record<string, ComponentType<BlockProps>> = {
  header: Header,
  share_links: ShareLinks,
  coupon_code: CouponCode,
  stats: Stats,
  daily_stats: DailyStats,
  earnings: Earnings,
  payment_methods: PaymentMethods,
  payment_history: PaymentHistory,
  commission_levels: CommissionLevels,
  multi_tier: MultiTier,
  promotional_materials: PromotionalMaterials,
}

/** The blocks the owner wants, in the owner's order. */
export const blocksOf = (program: Program) =>
  program.blocks
    .filter(({ id, enabled }) => enabled && Object.hasOwn(BLOCKS, id))
    .sort((one, other) => one.order - other.order)
    .map(({ id }) => ({ id, Component: BLOCKS[id]! }))
