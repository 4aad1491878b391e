/** What the demo's owner has set up beside the terms: a ladder, a second tier, banners, every block of the dashboard. */
import { createAffiliate, getAffiliate } from '../server/core/affiliate/affiliate.ts'
import { setLevels } from '../server/core/terms/ladder.ts'
import { createMaterial } from '../server/core/dashboard/material.ts'
import { setPayoutMethod, storedMethod } from '../server/core/payout/account.ts'
import { changeSettings, defaultCampaignId } from '../server/core/project/project.ts'
import { BLOCKS } from '../server/core/project/settings.ts'
import { addDays, dayOf } from '../server/core/kit/time.ts'
import type { Instant, Project, Tx } from '../server/db/schema.ts'
import type { Sealer } from '../server/secrets.ts'

/** Who joined through the liveliest affiliate, and how many days ago. */
const INVITED = [
  { email: 'lena.fischer@example.com', code: 'LENA', daysAgo: 61 },
  { email: 'studio-nord@example.com', code: 'STUDIONORD', daysAgo: 34 },
]

/** Before the first day of history. @param start its first moment */
export async function setUpProgramme(tx: Tx, project: Project, start: Instant): Promise<void> {
  const { id, website } = project
  await changeSettings(tx, id, {
    widget_blocks_config: BLOCKS.map((block, index) => ({ id: block, enabled: true, order: index + 1 })),
    custom_slugs: true,
    payout_minimum: 5000,
    terms_url: `${website}/affiliates`,
    dashboard_url: `${website}/affiliates`,
  })
  const level = (name: string, threshold: number, rate: number) => ({
    name,
    metric: 'referrals' as const,
    threshold,
    period: 'total' as const,
    terms: { kind: 'percent' as const, rate, hold_days: 30, second_tier: { kind: 'percent' as const, rate: 5 } },
  })
  await setLevels(
    tx,
    project,
    await defaultCampaignId(tx, id),
    [level('Friend', 1, 30), level('Partner', 50, 32), level('Ambassador', 150, 35)],
    start,
  )
  for (const [name, width, height] of [
    ['leaderboard', 728, 90],
    ['rectangle', 300, 250],
  ] as const)
    await createMaterial(
      tx,
      id,
      { kind: 'banner', title: 'Invoices on half a page', url: `${website}/assets/banners/${name}.png`, width, height },
      start,
    )
  await createMaterial(
    tx,
    id,
    {
      kind: 'text',
      title: 'For a newsletter',
      text: 'I write my invoices with Halfpage: one page, one minute, no accounting degree. Have a look: {{link}}',
    },
    start,
  )
}

/** The people he invited, and the account he is paid to. */
export async function setUpAffiliate(
  tx: Tx,
  project: Project,
  email: string,
  sealer: Sealer,
  now: Instant,
): Promise<void> {
  const affiliate = await getAffiliate(tx, project.id, email)
  for (const { email: invited, code, daysAgo } of INVITED)
    await createAffiliate(
      tx,
      project.id,
      { email: invited, referral_code: code, parent: affiliate.id },
      `${addDays(dayOf(now), -daysAgo)}T10:12:00.000Z`,
    )
  const details = { kind: 'paypal', email } as const
  const sealed = storedMethod(project.id, details, (text) => sealer.seal(text))
  await setPayoutMethod(tx, affiliate, sealed, now)
}
