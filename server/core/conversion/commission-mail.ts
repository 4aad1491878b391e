/** Tells affiliates what they earned. */
import type { Commission, Conversion, Instant, Project, Tx } from '../../db/schema.ts'
import { prepared } from '../kit/prepared.ts'
import { queueMail } from '../news/mail.ts'
import { languageOf } from '../project/language.ts'
import { settingsOf } from '../project/settings.ts'
import { decisionOf } from './decision.ts'

export async function mailCommissions(
  tx: Tx,
  project: Project,
  conversion: Conversion,
  commissions: Commission[],
  now: Instant,
): Promise<void> {
  if (!settingsOf(project).send_mails) return
  const { winner, candidates } = decisionOf(conversion)
  const won = candidates.find(({ outcome }) => outcome === 'won')
  const { amount, currency } = conversion
  for (const commission of commissions) {
    const [to] = await selectRecipient(tx, { id: commission.affiliate_id })
    if (!to) continue
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
          reason: { kind: first ? (winner?.kind ?? 'manual') : 'second_tier', code },
          sale: amount !== null && currency !== null ? { amount, currency } : null,
        },
        // Once per commission and affiliate, however often it is taken back and given again.
        once_key: `commission ${commission.id} of ${commission.affiliate_id}`,
      },
      now,
    )
  }
}

const selectRecipient = prepared((tx, { id }: { id: number }) =>
  tx.selectFrom('affiliate').select(['email', 'language']).where('id', '=', id).where('deleted_at', 'is', null),
)
