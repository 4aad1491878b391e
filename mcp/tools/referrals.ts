/** Referrals: the people affiliates brought. */
import { z } from 'zod'
import { ADDS, byEmail, email, id, pageInput, READS, type Tool, tool } from '../tool.ts'

const STATUSES =
  'pending: came through an affiliate and has not bought; converted: bought; direct and direct_signup: bought or signed up without an affiliate.'

export const referralTools: Tool[] = [
  tool('list_referrals', {
    title: 'List referrals',
    description:
      'Lists the referred people (customers, not affiliates), with their status, conversion_date and the affiliate who brought them. ' +
      'Use it to see whom an affiliate brought; what they bought is in list_conversions with referred_user_id.',
    input: z.object({
      ...pageInput(20),
      affiliate_id: id('Only people this affiliate brought; the id from list_affiliates.').optional(),
      status: z.enum(['pending', 'converted', 'direct', 'direct_signup']).optional().describe(STATUSES),
    }),
    hints: READS,
    call: (query) => ({ method: 'GET', path: '/referrals', query }),
  }),

  tool('get_referral_details', {
    title: 'Get a referral',
    description:
      'Returns one referred person by e-mail: id, conversion_status, conversion_date, and the affiliate_id and affiliate_code that brought him (null when nobody did). ' +
      'Answers "who referred this customer".',
    input: z.object({ email: email("The customer's e-mail address.") }),
    hints: READS,
    call: (input) => ({ method: 'GET', path: byEmail('referrals', input.email) }),
  }),

  tool('create_referral', {
    title: 'Create a referral',
    description:
      'Records that a customer belongs to an affiliate, for a case tracking missed; later purchases with this e-mail are credited to him. Records no sale and pays nothing: for that use create_conversion. ' +
      'The e-mail is unique in the programme. Returns the referral.',
    input: z.object({
      email: email("The customer's e-mail address."),
      affiliate_id: id('The affiliate who brought him; left out: nobody did.').optional(),
      status: z
        .enum(['pending', 'converted', 'direct', 'direct_signup'])
        .optional()
        .describe(`${STATUSES} pending if left out; converted and direct set conversion_date to now.`),
    }),
    hints: ADDS,
    call: (body) => ({ method: 'POST', path: '/referrals', body }),
  }),
]
