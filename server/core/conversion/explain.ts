/** Explain attribution: the stored decision of one conversion, with the same in sentences. */
import type { Conversion, Tx } from '../../db/schema.ts'
import { getConversion } from './change.ts'
import { explain } from './explanation.ts'
import { type ConversionDecision, decisionOf } from './decision.ts'

export interface Explained {
  conversion: Conversion
  decision: ConversionDecision
  explanation: string[]
}

/** @throws DomainError 'conversion_not_found' */
export async function explainConversion(tx: Tx, projectId: number, id: number): Promise<Explained> {
  const conversion = await getConversion(tx, projectId, id)
  const decision = decisionOf(conversion)
  return { conversion, decision, explanation: explain(conversion, decision) }
}
