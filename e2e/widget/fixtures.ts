/** The answers the double can give, by the name a page puts into data-project-id. */
import type { AffiliateDashboard, Dashboard, DailyCounts, Program } from '../../server/public/widget-contract.ts'

export const TODAY = '2026-11-24'

const BLOCKS = ['header', 'share_links', 'coupon_code', 'stats', 'daily_stats', 'earnings', 'payment_methods']

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
  blocks: BLOCKS.map((id, index) => ({ id, enabled: true, order: index + 1 })),
  appearance: { primary_color: null, secondary_color: null, font_color: null, theme: 'auto' },
  ...changes,
})

export const affiliate = (changes: Partial<AffiliateDashboard> = {}): AffiliateDashboard => ({
  email: 'ann@example.com',
  referral_code: 'ann-baker',
  status: 'active',
  totals: { clicks: 4821, signups: 312, purchases: 96 },
  daily: lively(90),
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
  ...changes,
})

const open = (more: { program?: Partial<Program>; affiliate?: Partial<AffiliateDashboard> } = {}): Dashboard => ({
  program: program(more.program),
  proven: true,
  affiliate: affiliate(more.affiliate),
})

const nothing = { totals: { clicks: 0, signups: 0, purchases: 0 }, daily: [], balances: [] }

export const DASHBOARDS: Record<string, Dashboard> = {
  1: open(),
  lively: open(),
  empty: open({ affiliate: nothing }),
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
  return Array.from({ length: days }, (_, index): DailyCounts => {
    const day = new Date(Date.parse(TODAY) - (days - 1 - index) * 86_400_000)
    const weekend = day.getUTCDay() % 6 === 0
    const wave = Math.sin(index / 4.7) * 9 + Math.sin(index * 2.3) * 6 + Math.cos(index * 5.1) * 4
    const clicks = Math.max(0, Math.round(34 + index * 0.35 + wave - (weekend ? 19 : 0) + (index === 71 ? 64 : 0)))
    const purchases = Math.round(clicks / 31 + Math.sin(index * 3.7))
    return {
      day: day.toISOString().slice(0, 10),
      clicks,
      signups: Math.round(clicks / 13 + Math.cos(index * 1.9)),
      purchases,
      earnings: purchases > 0 ? { USD: money(purchases * 1190 + (index % 4) * 235, index) } : {},
    }
  })
}
