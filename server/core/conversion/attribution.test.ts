import { expect, test } from 'vitest'
import { attribute, type Candidate, type Circumstances } from './attribution.ts'

const candidate = (
  kind: Candidate['kind'],
  id: number | null,
  status: 'active' | 'inactive' = 'active',
): Candidate => ({
  kind,
  value: `code-${id}`,
  affiliate:
    id === null
      ? null
      : { id, status, email: `a${id}@example.com`, language: null, campaign_id: 1, parent_id: null, level_id: null },
  link_id: id,
  clicked_at: null,
  bound: false,
  proven: true,
})

const of = (email: string | null, more: Partial<Circumstances> = {}): Circumstances => ({
  project_id: 1,
  emails: email === null ? [] : [email],
  at: '2026-11-20T12:00:00.000Z',
  window_days: 30,
  bought_before: false,
  exclude_existing: false,
  ...more,
})

test('the first valid candidate in the stated order wins, and every other one says why it lost', () => {
  const decision = attribute(
    [
      candidate('click', 3),
      candidate('client_reference', 2),
      candidate('metadata', null),
      candidate('coupon', 1, 'inactive'),
    ],
    of('buyer@example.com'),
  )
  expect(decision.winner).toEqual({ kind: 'client_reference', affiliate_id: 2, link_id: 2, proven: true })
  expect(decision.candidates.map(({ kind, outcome, reason }) => [kind, outcome, reason])).toEqual([
    ['coupon', 'lost', 'affiliate is inactive'],
    ['metadata', 'lost', 'unknown code'],
    ['client_reference', 'won', 'first valid candidate'],
    ['click', 'lost', 'outranked by client_reference'],
  ])
})

test('nobody is credited for himself, whatever the case and the plus-part of his address', () => {
  const decision = attribute([candidate('click', 1)], of('A1+shop@Example.com'))
  expect(decision.winner).toBeNull()
  expect(decision.candidates[0]?.reason).toBe('self-referral')
})

test('without candidates nobody wins', () => {
  expect(attribute([], of(null))).toEqual({ winner: null, candidates: [], bought_before: false })
})

test("a click older than the window is nobody's any more; on its last day it still counts", () => {
  const clicked = (day: string) => ({ ...candidate('click', 1), clicked_at: `${day}T00:00:00.000Z` })
  expect(attribute([clicked('2026-10-21')], of(null)).winner?.affiliate_id).toBe(1)
  const late = attribute([clicked('2026-10-20')], of(null))
  expect(late.winner).toBeNull()
  expect(late.candidates[0]?.reason).toBe('the click is older than 30 days')
})

test('whoever brought a paying customer keeps him, also against a coupon', () => {
  const decision = attribute(
    [candidate('coupon', 2), { ...candidate('email', 1), bound: true }],
    of('buyer@example.com'),
  )
  expect(decision.winner).toMatchObject({ kind: 'email', affiliate_id: 1 })
  expect(decision.candidates.map(({ reason }) => reason)).toEqual([
    'brought this customer before',
    'outranked by email',
  ])
})

test('an existing customer is excluded where the project says so, but not one that was bound', () => {
  const existing = of('buyer@example.com', { bought_before: true, exclude_existing: true })
  expect(attribute([candidate('click', 1)], existing).candidates[0]?.reason).toBe(
    'the customer bought before they were referred',
  )
  expect(attribute([{ ...candidate('email', 1), bound: true }], existing).winner?.affiliate_id).toBe(1)
})

test('a decision by hand stands above all, also for an inactive affiliate', () => {
  expect(attribute([candidate('coupon', 2), candidate('manual', 1, 'inactive')], of(null)).winner?.affiliate_id).toBe(1)
})
