/** The kinds of hints that say who referred a sale, the strongest first. */

/** What the customer typed first, what the browser remembered last; a decision by hand before all. */
export const CANDIDATE_ORDER = [
  'manual',
  'coupon',
  'metadata',
  'client_reference',
  'subscription_metadata',
  'email',
  'click',
] as const
export type CandidateKind = (typeof CANDIDATE_ORDER)[number]
