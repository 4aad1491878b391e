/** Why a conversion changed, as the ledger and the feed tell it. */
import type { LedgerCause } from '../../db/schema.ts'

export interface Cause {
  kind: LedgerCause
  /** In words, for people; no code reads it. */
  note?: string | null
  /** The refund or dispute behind it. */
  refund_id?: number
}
