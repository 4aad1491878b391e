/** What a commission is worth, and when money that nobody can date yet is released. */
import type { Commission } from '../../db/schema.ts'

/** When held money of an open dispute is released: nobody knows. */
export const UNDECIDED = '9999-12-31T00:00:00.000Z'

/** What a commission is worth now, minor units. */
export const netOf = ({
  amount,
  taken_back,
  void: isVoid,
}: Pick<Commission, 'amount' | 'taken_back' | 'void'>): number => (isVoid ? 0 : amount - taken_back)
