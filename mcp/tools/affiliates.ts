/** Affiliates: the people who refer. */
import { z } from 'zod'
import { ADDS, byEmail, CHANGES, DELETES, email, optionalText, pageInput, READS, type Tool, tool } from '../tool.ts'

const referralCode = optionalText(z.string().max(64))
const partnerSlug = optionalText(z.string().max(64))

export const affiliateTools: Tool[] = [
  tool('list_affiliates', {
    title: 'List affiliates',
    description:
      'Lists the affiliates of the programme, oldest first, with what each brought and earned: clicks, signups, purchases (all-time counts) and total_earnings = eligible_earnings + held_earnings + paid_earnings. ' +
      'Earnings are decimal text in major units ("150.00" is 150 dollars) of the `currency` beside them; next_release_date is when held money becomes eligible. ' +
      'Use it to compare or search affiliates; for one whose e-mail you know use get_affiliate_details.',
    input: z.object({
      ...pageInput(20),
      status: z.enum(['active', 'inactive', 'pending']).optional().describe('Only affiliates of this status.'),
    }),
    hints: READS,
    call: (query) => ({ method: 'GET', path: '/affiliates', query }),
  }),

  tool('get_affiliate_details', {
    title: 'Get an affiliate',
    description:
      'Returns one affiliate by e-mail: id, referral code, status, clicks, signups, purchases, and earnings (total, eligible, held, paid; decimal text in major units) with the next release date. ' +
      'Its `id` is the affiliate_id that coupons, referrals and conversions ask for.',
    input: z.object({ email: email("The affiliate's e-mail address; upper and lower case do not matter.") }),
    hints: READS,
    call: (input) => ({ method: 'GET', path: byEmail('affiliates', input.email) }),
  }),

  tool('create_affiliate', {
    title: 'Create an affiliate',
    description:
      'Adds an affiliate, active at once, and returns him with his id and referral code. E-mail and code are unique in the programme; one that is taken is refused with a sentence saying which. ' +
      'For somebody who exists already use update_affiliate; for a customer who was referred use create_referral.',
    input: z.object({
      email: email("The new affiliate's e-mail address."),
      referral_code: referralCode.describe(
        'His code in links: 1 to 64 letters, digits, hyphens or underscores. Made at random if left out.',
      ),
      partner_slug: partnerSlug.describe(
        'A readable name for his links, letters, digits and hyphens; the referral code if left out.',
      ),
    }),
    hints: ADDS,
    call: (body) => ({ method: 'POST', path: '/affiliates', body }),
  }),

  tool('update_affiliate', {
    title: 'Update an affiliate',
    description:
      'Changes the e-mail, referral code, status or partner slug of an affiliate; what is left out stays. Returns the affiliate. ' +
      'Overwrites: a new referral code replaces the one in links that are out in the world, so ask before changing it. ' +
      'status "inactive" stops new sales from being credited and keeps what was earned: prefer it to delete_affiliate.',
    input: z.object({
      email: email('The e-mail address he has now: says whom to change.'),
      new_email: email('A new e-mail address.').optional(),
      referral_code: referralCode.describe('A new code: 1 to 64 letters, digits, hyphens or underscores.'),
      status: z.enum(['active', 'inactive']).optional().describe('active: earns; inactive: earns nothing new.'),
      partner_slug: partnerSlug.describe('A new readable name for his links.'),
    }),
    hints: CHANGES,
    call: ({ email: address, new_email, ...rest }) => ({
      method: 'PUT',
      path: byEmail('affiliates', address),
      body: { ...rest, ...(new_email !== undefined && { email: new_email }) },
    }),
  }),

  tool('delete_affiliate', {
    title: 'Delete an affiliate',
    description:
      'DESTRUCTIVE, cannot be undone: removes an affiliate with his personal data, links, coupons and referrals, and takes back what was not paid to him. ' +
      'Only for a wish to be erased or an entry made by mistake, and after the user confirmed it; to stop somebody from earning use update_affiliate with status "inactive".',
    input: z.object({ email: email('The e-mail address of the affiliate to delete.') }),
    hints: DELETES,
    call: (input) => ({ method: 'DELETE', path: byEmail('affiliates', input.email) }),
    tell: (input) => `Deleted the affiliate ${input.email}.`,
  }),
]
