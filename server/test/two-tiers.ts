/** Three affiliates of a program with a second tier, and its arithmetic: 20 % to the seller, 5 % to who invited them. */
import type { Programme } from './programme.ts'

export const NAMES = ['ANN', 'BEN', 'CAT'] as const
/** Ben was invited by Ann. */
export const PARENT: Record<string, string | undefined> = { BEN: 'ANN' }

export const share = (amount: number, part: number, base: number) => Math.floor((2 * amount * part + base) / (2 * base))

export async function inviteBen({ db }: Programme): Promise<void> {
  await db.updateTable('affiliate').set({ parent_id: 1 }).where('id', '=', 2).execute()
  await db.updateTable('commission_rule').set({ second_kind: 'percent', second_basis_points: 500 }).execute()
}
