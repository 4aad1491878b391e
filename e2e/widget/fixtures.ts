/** The answers the double can give, by the name a page puts into data-project-id. */
import { NOTHING } from '../../widget/visit/complete.ts'
import type {
  Activity,
  AffiliateDashboard,
  Dashboard,
  DailyCounts,
  Level,
  Material,
  Program,
} from '../../server/public/widget/contract.ts'

export const TODAY = '2026-11-24'

/** Switched on unless the owner says otherwise, and the others. */
const USUAL = ['header', 'share_links', 'coupon_code', 'stats', 'daily_stats', 'earnings', 'payment_methods']
const MORE = ['payment_history', 'commission_levels', 'multi_tier', 'promotional_materials']

const blocks = (ids: string[]) => ids.map((id, index) => ({ id, enabled: true, order: index + 1 }))

const LEVELS: Level[] = [
  {
    id: 1,
    name: 'Starter',
    metric: 'amount',
    threshold: 0,
    period: 'total',
    commission: { kind: 'percent', basis_points: 2000 },
  },
  {
    id: 2,
    name: 'Partner',
    metric: 'amount',
    threshold: 500_000,
    period: 'total',
    commission: { kind: 'percent', basis_points: 2500 },
  },
  {
    id: 3,
    name: 'Ambassador',
    metric: 'amount',
    threshold: 2_000_000,
    period: 'total',
    commission: { kind: 'percent', basis_points: 3000 },
  },
]

/** `{api}`: the double puts its own address there. */
const MATERIALS: Material[] = [
  { id: 1, kind: 'banner', title: 'Wide banner', url: '{api}/banner-728x90.svg', width: 728, height: 90 },
  { id: 2, kind: 'banner', title: 'Square', url: '{api}/banner-300x250.svg', width: 300, height: 250 },
  {
    id: 3,
    kind: 'text',
    title: 'Short post',
    text: 'We moved our planning to Northwind and got our Fridays back. With {{code}} you can try it too: {{link}}',
  },
]

export const program = (changes: Partial<Program> = {}): Program => ({
  project_id: 1,
  name: 'Northwind',
  website: 'https://northwind.example',
  param: 'ref',
  currency: 'USD',
  title: 'Recommend Northwind',
  description: 'Tell others about Northwind and earn a share of what they buy, every month they stay.',
  commission: { kind: 'percent', basis_points: 2000 },
  hold_days: 30,
  cookie_days: 90,
  blocks: blocks(USUAL),
  appearance: { primary_color: null, secondary_color: null, font_color: null, theme: 'auto' },
  signup: { mode: 'public', fields: [], terms_url: null, verification: false },
  payout: { kinds: ['paypal', 'wise', 'bank', 'other'], requests: true, minimum: 5_000 },
  custom_slugs: false,
  second_tier: null,
  levels: [],
  materials: [],
  powered_by: false,
  ...changes,
})

const usd = (amount: number) => ({ amount, currency: 'USD' })

const RECENT: Activity[] = [
  {
    id: 920,
    type: 'purchase',
    at: '2026-11-24T08:12:00.000Z',
    status: 'approved',
    sale: usd(9_900),
    commission: { ...usd(1_980), taken_back: 0, release_at: '2026-12-24T08:12:00.000Z', tier: 1 },
    reason: { kind: 'click', code: null },
  },
  {
    id: 918,
    type: 'signup',
    at: '2026-11-23T17:40:00.000Z',
    status: 'approved',
    sale: null,
    commission: null,
    reason: { kind: 'click', code: null },
  },
  {
    id: 915,
    type: 'purchase',
    at: '2026-11-22T11:05:00.000Z',
    status: 'approved',
    sale: usd(4_900),
    commission: { ...usd(980), taken_back: 0, release_at: '2026-12-22T11:05:00.000Z', tier: 1 },
    reason: { kind: 'coupon', code: 'ANN20' },
  },
  {
    id: 911,
    type: 'purchase',
    at: '2026-11-20T15:30:00.000Z',
    status: 'pending',
    sale: usd(19_900),
    commission: null,
    reason: { kind: 'client_reference', code: 'ann-baker' },
  },
  {
    id: 902,
    type: 'purchase',
    at: '2026-10-18T09:20:00.000Z',
    status: 'approved',
    sale: usd(9_900),
    commission: { ...usd(990), taken_back: 990, release_at: '2026-11-17T09:20:00.000Z', tier: 1 },
    reason: { kind: 'email', code: null },
  },
  {
    id: 897,
    type: 'purchase',
    at: '2026-10-12T13:00:00.000Z',
    status: 'approved',
    sale: usd(9_900),
    commission: { ...usd(495), taken_back: 0, release_at: '2026-11-11T13:00:00.000Z', tier: 2 },
    reason: { kind: 'second_tier', code: null },
  },
  {
    id: 880,
    type: 'purchase',
    at: '2026-10-02T07:45:00.000Z',
    status: 'denied',
    sale: usd(4_900),
    commission: null,
    reason: { kind: 'click', code: null },
  },
]

export const affiliate = (changes: Partial<AffiliateDashboard> = {}): AffiliateDashboard => ({
  email: 'ann@example.com',
  name: 'Ann Baker',
  referral_code: 'ann-baker',
  slug: null,
  status: 'active',
  totals: { clicks: 4821, signups: 402, purchases: 193 },
  daily: lively(200),
  today: TODAY,
  balances: [
    {
      currency: 'USD',
      total: 184250,
      eligible: 42000,
      held: 18250,
      paid: 124000,
      next_release: { at: '2026-12-03T00:00:00.000Z', amount: 4550 },
    },
  ],
  coupons: [{ code: 'ANN20' }],
  recent: RECENT,
  payouts: [
    { id: 31, at: '2026-11-02T09:00:00.000Z', amount: 48_000, currency: 'USD', method: 'paypal', status: 'paid' },
    { id: 24, at: '2026-10-02T09:00:00.000Z', amount: 45_500, currency: 'USD', method: 'paypal', status: 'paid' },
    { id: 17, at: '2026-09-02T09:00:00.000Z', amount: 12_000, currency: 'USD', method: 'manual', status: 'reversed' },
    { id: 12, at: '2026-08-03T09:00:00.000Z', amount: 30_500, currency: 'USD', method: 'manual', status: 'paid' },
  ],
  payout_method: { kind: 'paypal', masked: 'a•••@example.com' },
  payout_request: null,
  level_id: null,
  progress: null,
  invited: { count: 0, earnings: [], people: [] },
  ...changes,
})

const open = (more: { program?: Partial<Program>; affiliate?: Partial<AffiliateDashboard> } = {}): Dashboard => ({
  program: program(more.program),
  proven: true,
  affiliate: affiliate(more.affiliate),
})

/** Of an affiliate who has just joined. */
export const nothing = {
  ...NOTHING,
  totals: { clicks: 0, signups: 0, purchases: 0 },
} satisfies Partial<AffiliateDashboard>

/** The form to join as a programme's signup settings make it; nobody is let in who is not vouched for. */
const gate = (signup: Partial<Program['signup']>, more: Partial<Program> = {}): Dashboard =>
  open({ program: { signup: { ...program().signup, ...signup }, ...more } })

export const DASHBOARDS: Record<string, Dashboard> = {
  1: open(),
  lively: open(),
  malformed: open({ program: { blocks: 'header, stats' as never } }),
  empty: open({ affiliate: nothing }),
  full: open({
    program: {
      blocks: blocks([...USUAL, ...MORE]),
      custom_slugs: true,
      second_tier: { kind: 'percent', basis_points: 500 },
      levels: LEVELS,
      materials: MATERIALS,
      powered_by: true,
    },
    affiliate: {
      level_id: 2,
      progress: { level_id: 3, value: 1_284_000 },
      invited: {
        count: 3,
        earnings: [{ currency: 'USD', amount: 12_640 }],
        people: [
          { name: 'b•••@studio.example', joined_at: '2026-11-09T10:00:00.000Z', status: 'active' },
          { name: 'm•••@example.org', joined_at: '2026-10-21T10:00:00.000Z', status: 'active' },
          { name: 'k•••@example.net', joined_at: '2026-07-02T10:00:00.000Z', status: 'inactive' },
        ],
      },
    },
  }),
  'full-empty': open({
    program: {
      blocks: blocks([...USUAL, ...MORE]),
      custom_slugs: true,
      second_tier: { kind: 'fixed', amount: 500, currency: 'USD' },
      levels: LEVELS,
      powered_by: true,
    },
    affiliate: { ...nothing, progress: { level_id: 1, value: 0 } },
  }),
  fields: gate({
    fields: [
      { id: 'name', required: true },
      { id: 'company', required: false },
      { id: 'website', required: true },
    ],
    terms_url: 'https://northwind.example/terms',
  }),
  approval: gate({ mode: 'approval' }),
  invite: gate({ mode: 'invite' }),
  verified: gate({ verification: true }),
  powered: gate({}, { powered_by: true }),
  outsider: { program: program(), proven: true, affiliate: null },
  clicks: open({ affiliate: { daily: lively(90).map((day) => ({ ...day, earnings: {} })), balances: [] } }),
  refunds: open({ affiliate: { daily: lively(90, (day, index) => (index % 9 === 4 ? -day : day)) } }),
  several: open({
    affiliate: {
      balances: [
        ...affiliate().balances,
        { currency: 'EUR', total: 21000, eligible: 21000, held: 0, paid: 0, next_release: null },
        {
          currency: 'JPY',
          total: 12000,
          eligible: 0,
          held: 12000,
          paid: 0,
          next_release: { at: '2027-01-12T00:00:00.000Z', amount: 12000 },
        },
      ],
      daily: lively(90).map((day, index) => ({
        ...day,
        earnings: { ...day.earnings, EUR: (index % 5) * 900, JPY: (index % 3) * 500 },
      })),
    },
  }),
  huge: open({
    affiliate: {
      totals: { clicks: 123456, signups: 987654321, purchases: 123456789012 },
      balances: [
        {
          currency: 'USD',
          total: 123456789012_34,
          eligible: 45678901234_56,
          held: 77777887777_78,
          paid: 0,
          next_release: { at: '2027-02-03T00:00:00.000Z', amount: 77777887777_78 },
        },
      ],
      daily: lively(90, (day) => day * 98765432),
    },
  }),
  long: open({
    program: {
      name: 'Internationale Gesellschaft für Softwareentwicklung und Datenverarbeitung Oberschwaben',
      title: null,
      website:
        'https://affiliate-programme.internationale-gesellschaft-fuer-softwareentwicklung.example/partner/landing',
      description: 'Recommend our tools to the people who need them. '.repeat(6),
    },
    affiliate: { referral_code: 'bartholomew-featherstonehaugh-junior-2026' },
  }),
  branded: open({
    program: {
      appearance: { primary_color: '#ffd400', secondary_color: '#ff5a36', font_color: '#7a7f8c', theme: 'auto' },
    },
  }),
  black: open({
    program: { appearance: { primary_color: '#111111', secondary_color: null, font_color: '#111111', theme: 'auto' } },
  }),
  dark: open({ program: { appearance: { ...program().appearance, theme: 'dark' } } }),
  light: open({ program: { appearance: { ...program().appearance, theme: 'light' } } }),
  pending: open({ affiliate: { status: 'pending', ...nothing } }),
  inactive: open({ affiliate: { status: 'inactive' } }),
  reordered: open({
    program: {
      blocks: [
        { id: 'stats', enabled: true, order: 2 },
        { id: 'earnings', enabled: true, order: 1 },
        { id: 'header', enabled: false, order: 0 },
        { id: 'from-the-future', enabled: true, order: 3 },
      ],
    },
  }),
}

/** The same every time: weeks with a rhythm, a slow rise, one good day. */
function lively(days: number, money = (minor: number, _index: number) => minor): DailyCounts[] {
  return Array.from({ length: days }, (_, place): DailyCounts => {
    const index = place - (days - 90)
    const day = new Date(Date.parse(TODAY) - (89 - index) * 86_400_000)
    const weekend = day.getUTCDay() % 6 === 0
    const wave = Math.sin(index / 4.7) * 9 + Math.sin(index * 2.3) * 6 + Math.cos(index * 5.1) * 4
    const clicks = Math.max(
      0,
      Math.round(34 + index * (index < 0 ? 0.6 : 0.35) + wave - (weekend ? 19 : 0) + (index === 71 ? 64 : 0)),
    )
    const purchases = Math.max(0, Math.round(clicks / 31 + Math.sin(index * 3.7)))
    return {
      day: day.toISOString().slice(0, 10),
      clicks,
      signups: Math.max(0, Math.round(clicks / 13 + Math.cos(index * 1.9))),
      purchases,
      earnings: purchases > 0 ? { USD: money(purchases * 1190 + (Math.abs(index) % 4) * 235, index) } : {},
    }
  })
}
