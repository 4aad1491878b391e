/** A plausible programme for the demo: a few affiliates and 90 days of history, made through the same operations as real life. */
import { randomBytes } from 'node:crypto'
import { type ProviderName, providerNames } from '../demo-site/stand-in/provider.ts'
import type { Context } from '../server/context.ts'
import { createAffiliate } from '../server/core/affiliate/affiliate.ts'
import { balancesOf } from '../server/core/affiliate/list.ts'
import { createApiKey } from '../server/core/project/api-key.ts'
import { type NewClick, recordClicks } from '../server/core/click/click.ts'
import { newRule } from '../server/core/terms/rule.ts'
import { recordConversion } from '../server/core/conversion/record.ts'
import type { NewConversion } from '../server/core/conversion/report.ts'
import { createCoupon } from '../server/core/affiliate/coupon.ts'
import { createPayout } from '../server/core/payout/payout.ts'
import { changeSettings, defaultCampaignId, getProject } from '../server/core/project/project.ts'
import { createProject } from '../server/core/terms/new-project.ts'
import { connectProvider } from '../server/core/project/provider-connection.ts'
import { recordRefund } from '../server/core/conversion/refund.ts'
import { addDays, dayOf } from '../server/core/kit/time.ts'
import type { Instant, Project, Tx } from '../server/db/schema.ts'
import { setUpAffiliate, setUpProgramme } from './demo-programme.ts'
import { retried } from '../server/db/retried.ts'

export interface Seeded {
  projectId: number
  apiKey: string
  hmacSecret: string
  /** What each payment provider signs its webhooks with. */
  webhookSecrets: Record<ProviderName, string>
  /** The affiliate whose dashboard is the liveliest. */
  email: string
  code: string
}

const DAYS = 90
const HOLD_DAYS = 30
/** How many days ago everybody was paid what had been released. */
const PAYDAYS = new Set([45, 15])
const COUPON = { code: 'MAYA15', of: 'MAYA' }
const PRICES = [900, 900, 900, 9000, 24_900]

/** Clicks a day at the start of the 90 days, and how much that grows until today. */
const AFFILIATES = [
  { email: 'maya@example.com', code: 'MAYA', clicks: 14, growth: 1.6 },
  { email: 'jonas.weber@example.com', code: 'JONAS', clicks: 9, growth: 0.2 },
  { email: 'the-quiet-desk@example.com', code: 'QUIETDESK', clicks: 5, growth: 0.9 },
  { email: 'amara@example.com', code: 'AMARA', clicks: 3, growth: -0.4 },
  { email: 'new.here@example.com', code: 'NEWHERE', clicks: 0, growth: 0 },
]
/** Of those the first one invited: they began later. */
const LATER = [
  { code: 'LENA', clicks: 4, growth: 0.8, daysAgo: 61 },
  { code: 'STUDIONORD', clicks: 3, growth: 0.4, daysAgo: 34 },
]

export async function seedProgramme(context: Context, website: string): Promise<Seeded> {
  const { db, sealer, clock } = context
  const now = clock.now()
  const hmacSecret = randomBytes(32).toString('hex')
  const sealedHmac = sealer.seal(hmacSecret)
  const start = `${addDays(dayOf(now), -DAYS)}T08:00:00.000Z`

  const { project, affiliates, apiKey } = await retried(db, async (tx) => {
    const { id } = await createProject(
      tx,
      { name: 'Halfpage', website, currency: 'USD', hmac_secret_sealed: sealedHmac },
      start,
    )
    await newRule(
      tx,
      id,
      await defaultCampaignId(tx, id),
      {
        kind: 'percent',
        basis_points: 3000,
        amount: null,
        currency: null,
        hold_days: HOLD_DAYS,
        second_kind: 'percent',
        second_basis_points: 500,
        second_duration: 'lifetime',
      },
      start,
    )
    await changeSettings(tx, id, {
      title: 'Halfpage affiliates',
      // Nobody is told of ninety days at once.
      send_mails: false,
      primary_color: '#274690',
      description: 'Share Halfpage and earn 30 % of every payment you bring.',
    })
    await setUpProgramme(tx, await getProject(tx, id), start)
    const affiliates: number[] = []
    for (const { email, code } of AFFILIATES) {
      const affiliate = await createAffiliate(tx, id, { email, referral_code: code }, start)
      affiliates.push(affiliate.id)
      if (code === COUPON.of)
        await createCoupon(tx, id, { affiliate_id: affiliate.id, coupon_code: COUPON.code, status: 'active' }, start)
    }
    const project = await getProject(tx, id)
    await setUpAffiliate(tx, project, AFFILIATES[0]?.email ?? '', sealer, now)
    return { project, affiliates, apiKey: (await createApiKey(tx, id, 'demo', now)).key }
  })

  const history: History = { project, affiliates, now, random: randomFrom(20_261_120), toRefund: [] }
  for (let day = DAYS; day >= 0; day--) {
    await retried(db, (tx) => liveDay(tx, history, day))
    if (process.stdout.isTTY)
      process.stdout.write(`\rSeeding ${DAYS} days of history: ${DAYS - day}${day === 0 ? '\n' : ''}`)
  }
  await retried(db, (tx) => changeSettings(tx, project.id, { send_mails: true }))
  const webhookSecrets = await connectProviders(context, project.id)
  const [first] = AFFILIATES
  return {
    projectId: project.id,
    apiKey,
    hmacSecret,
    webhookSecrets,
    email: first?.email ?? '',
    code: first?.code ?? '',
  }
}

/** Connects every payment provider with a secret of its own shape. */
export async function connectProviders(
  { db, sealer, clock }: Context,
  projectId: number,
): Promise<Record<ProviderName, string>> {
  const random = () => randomBytes(18).toString('base64url')
  const secrets: Record<ProviderName, string> = {
    stripe: `whsec_${random()}`,
    paddle: `pdl_ntfset_${random()}`,
    lemonsqueezy: random(),
    polar: `polar_whs_${random()}`,
  }
  await retried(db, async (tx) => {
    for (const name of providerNames)
      await connectProvider(tx, projectId, name, sealer.seal(secrets[name]), clock.now())
  })
  return secrets
}

interface History {
  project: Project
  affiliates: number[]
  now: Instant
  random: () => number
  /** Sales whose buyers will change their mind. */
  toRefund: { conversionId: number; amount: number; daysAgo: number }[]
}

async function liveDay(tx: Tx, history: History, daysAgo: number): Promise<void> {
  const { project, now, random } = history
  const day = addDays(dayOf(now), -daysAgo)
  const weekday = Temporal.PlainDate.from(day).dayOfWeek
  const at = () => {
    const moment = `${day}T${String(8 + Math.floor(random() * 12)).padStart(2, '0')}:${String(Math.floor(random() * 60)).padStart(2, '0')}:00.000Z`
    return moment < now ? moment : now
  }
  const clicks: NewClick[] = []
  for (const { code, clicks: usual, growth } of [...AFFILIATES, ...LATER.filter((one) => one.daysAgo > daysAgo)]) {
    const trend = usual * (1 + (growth * (DAYS - daysAgo)) / DAYS) * (weekday > 5 ? 0.55 : 1)
    const visits = Math.round(trend * (0.5 + random()))
    for (let visit = 0; visit < visits; visit++) {
      const moment = at()
      const name = `${code.toLowerCase()}-${day}-${visit}`
      clicks.push({
        project_id: project.id,
        code,
        click_id: name,
        visitor_hash: name,
        landing_url: `${project.website}/`,
        referrer: null,
        source: 'script',
        bot: random() < 0.04,
        at: moment,
      })
      if (random() > 0.11) continue
      const person = conversion(`${name}@example.com`, code, moment)
      await recordConversion(tx, project, { ...person, type: 'signup' }, moment)
      if (random() > 0.45) continue
      const amount = PRICES[Math.floor(random() * PRICES.length)] ?? 900
      const withCoupon = code === COUPON.of && random() < 0.2
      const { conversion: sale } = await recordConversion(
        tx,
        project,
        {
          ...person,
          ...(withCoupon ? { coupon_code: COUPON.code, clues: { coupon: COUPON.code } } : {}),
          type: 'purchase',
          amount,
          currency: 'USD',
          source: 'provider',
          provider: 'stripe',
          external_id: `pi_${name}`,
        },
        moment,
      )
      if (sale && random() < 0.05)
        history.toRefund.push({
          conversionId: sale.id,
          amount: random() < 0.5 ? amount / 2 : amount,
          daysAgo: daysAgo - 6,
        })
    }
  }
  if (clicks.length > 0) await recordClicks(tx, clicks)
  await giveBack(tx, history, daysAgo, at())
  if (PAYDAYS.has(daysAgo)) await payOut(tx, history, at())
}

async function giveBack(tx: Tx, { project, toRefund }: History, daysAgo: number, at: Instant): Promise<void> {
  for (const { conversionId, amount } of toRefund.filter((refund) => refund.daysAgo === daysAgo)) {
    const fact = { provider: 'stripe', external_id: `re_${conversionId}`, amount, reason: 'requested_by_customer' }
    await recordRefund(tx, project, conversionId, { ...fact, occurred_at: at }, at)
  }
}

async function payOut(tx: Tx, { project, affiliates }: History, at: Instant): Promise<void> {
  for (const [affiliate_id, [balance]] of await balancesOf(tx, affiliates, at))
    if (balance && balance.eligible > 0) await createPayout(tx, project, { affiliate_id, method: 'paypal' }, at)
}

const conversion = (email: string, code: string, at: Instant): NewConversion => ({
  type: 'signup',
  email,
  amount: null,
  currency: null,
  reference: null,
  coupon_code: null,
  url: null,
  source: 'browser',
  provider: null,
  external_id: null,
  idempotency_key: null,
  clues: { click: code },
  occurred_at: at,
})

/** The same history every time: a small linear congruential generator. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
