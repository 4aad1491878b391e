/** The first letter to an affiliate: his link is there. */
import type { Instant, Project, Tx } from '../../db/schema.ts'
import type { AffiliateWithCode } from './affiliate.ts'
import { queueMail } from '../news/mail.ts'
import { settingsOf } from '../project/settings.ts'

/** Once for each, however often he is approved. @param spoken an `Accept-Language` header, where he named no language */
export const welcome = (
  tx: Tx,
  project: Project,
  { id, email: recipient, referral_code, language }: AffiliateWithCode,
  now: Instant,
  spoken?: string,
): Promise<void> =>
  queueMail(
    tx,
    project,
    {
      recipient,
      template: 'welcome',
      language: language ?? spoken ?? settingsOf(project).language,
      fields: { referral_code },
      once_key: `welcome ${id}`,
    },
    now,
  )
