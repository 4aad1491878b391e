/** Tells affiliates what they earned. */
import type { Affiliate, Commission, Conversion, Instant, Project, Tx } from '../../db/schema.ts'
import type { WhyTrail } from './record.ts'
import { languageOf } from '../project/language.ts'
import { queueMail } from '../news/mail.ts'
import { settingsOf } from '../project/settings.ts'

export interface Booked {
  commission: Commission
  to: Pick<Affiliate, 'email' | 'language'>
}

export async function mailCommissions(
  tx: Tx,
  project: Project,
  conversion: Conversion,
  trail: WhyTrail,
  commissions: Booked[],
  now: Instant,
): Promise<void> {
  if (!settingsOf(project).send_mails) return
  const { amount, currency } = conversion
  const won = trail.candidates.find(({ outcome }) => outcome === 'won')
  for (const { commission, to } of commissions) {
    const first = commission.tier === 1
    // A stored attribution's value names a row of ours, which tells nobody anything.
    const code = first && won && won.kind !== 'email' && won.kind !== 'manual' ? won.value : null
    await queueMail(
      tx,
      project,
      {
        recipient: to.email,
        template: 'new_commission',
        language: languageOf(to, project),
        fields: {
          amount: commission.amount,
          currency: commission.currency,
          held_until: commission.release_at > now ? commission.release_at : null,
          reason: { kind: first ? (trail.winner?.kind ?? 'manual') : 'second_tier', code },
          sale: amount !== null && currency !== null ? { amount, currency } : null,
        },
        once_key: `commission ${commission.id}`,
      },
      now,
    )
  }
}
