import { expect, test } from 'vitest'
import { attribute, type Candidate } from './attribution.ts'

const candidate = (
  kind: Candidate['kind'],
  id: number | null,
  status: 'active' | 'inactive' = 'active',
): Candidate => ({
  kind,
  value: `code-${id}`,
  affiliate: id === null ? null : { id, status, email: `a${id}@example.com`, campaign_id: 1 },
  link_id: id,
})

test('the first valid candidate in the stated order wins, and every other one says why it lost', () => {
  const decision = attribute(
    [
      candidate('click', 3),
      candidate('client_reference', 2),
      candidate('metadata', null),
      candidate('coupon', 1, 'inactive'),
    ],
    'buyer@example.com',
  )
  expect(decision.winner).toEqual({ kind: 'client_reference', affiliate_id: 2, link_id: 2 })
  expect(decision.candidates.map(({ kind, outcome, reason }) => [kind, outcome, reason])).toEqual([
    ['coupon', 'lost', 'affiliate is inactive'],
    ['metadata', 'lost', 'unknown code'],
    ['client_reference', 'won', 'first valid candidate'],
    ['click', 'lost', 'outranked by client_reference'],
  ])
})

test('nobody is credited for himself, whatever the case and the plus-part of his address', () => {
  const decision = attribute([candidate('click', 1)], 'A1+shop@Example.com')
  expect(decision.winner).toBeNull()
  expect(decision.candidates[0]?.reason).toBe('self-referral')
})

test('without candidates nobody wins', () => {
  expect(attribute([], null)).toEqual({ winner: null, candidates: [] })
})
