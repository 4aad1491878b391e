/** A project's settings: one JSON document, every key with a default, checked when written. */
import { z } from 'zod'
import type { Project } from '../../db/schema.ts'
import { emailSaying } from '../kit/email-address.ts'

const color = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, 'a color such as #4f46e5')
  .nullable()

export const BLOCKS = [
  'header',
  'share_links',
  'coupon_code',
  'stats',
  'daily_stats',
  'earnings',
  'payment_methods',
  'payment_history',
  'commission_levels',
  'multi_tier',
  'promotional_materials',
] as const

const defaultBlocks = BLOCKS.map((id, index) => ({ id: id as string, enabled: index < 7, order: index + 1 }))

export const Settings = z.object({
  /** URL parameter of a referral link. */
  param: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/, '1 to 32 letters, digits, hyphens or underscores')
    .default('ref'),
  cookie_days: z.number().int().min(1).max(3650).default(90),
  attribution: z.enum(['last', 'first']).default('last'),
  /** How long after a click a sale is still its affiliate's, checked on the server; null: as long as the cookie lives. */
  attribution_window_days: z.number().int().min(1).max(3650).nullable().default(null),
  /** Somebody who bought before anybody referred him stays nobody's. */
  exclude_existing_customers: z.boolean().default(false),
  /** `manual`: what payment providers report waits for the owner's approval. */
  approval: z.enum(['automatic', 'manual']).default('automatic'),
  /** Other sites of the company: links to these hosts and their subdomains carry the code on. */
  cross_domains: z
    .array(z.string().regex(/^([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/, 'host names such as ["acme.example"]'))
    .max(50)
    .default([]),
  /** Tax and shipping are part of what commission is computed on, as far as the payment provider tells them apart. */
  commission_on_tax: z.boolean().default(false),
  commission_on_shipping: z.boolean().default(false),
  /** Treat the browser's Global Privacy Control as a refusal of consent. */
  respect_gpc: z.boolean().default(false),
  /** Further clicks of one visitor on one code within so many seconds are not counted; 0: every click is. */
  repeat_click_seconds: z.number().int().min(0).max(86_400).default(60),
  /** What a purchase reported by the browser is until something trustworthy confirms it. */
  browser_purchases: z.enum(['pending', 'accept', 'reject']).default('pending'),
  /** Of mails to affiliates whose own language is not known. */
  language: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'a language such as en or pt')
    .default('en'),
  /** Mails to affiliates: welcome, new commission, payout. Login codes are sent all the same. */
  send_mails: z.boolean().default(true),
  /** Where affiliates find their dashboard: mails lead there. */
  dashboard_url: z
    .url({ protocol: /^https?$/, error: 'an address such as https://shop.example/affiliates' })
    .max(500)
    .nullable()
    .default(null),
  /** Who hears of what needs the owner, such as a webhook that was disabled. */
  owner_email: emailSaying('an email address').nullable().default(null),
  /** Webhooks may go to private addresses and over plain http: for receivers in the company's own network. */
  webhook_private_targets: z.boolean().default(false),
  /** Who may join: anybody, whom the owner approves, or whom he invited. */
  signup: z.enum(['public', 'approval', 'invite']).default('public'),
  /** What the form to join asks for beside the address. */
  signup_fields: z
    .array(z.object({ id: z.enum(['name', 'company', 'website']), required: z.boolean() }))
    .max(3)
    .default([]),
  terms_url: z
    .url({ protocol: /^https?$/, error: 'an address such as https://shop.example/terms' })
    .max(500)
    .nullable()
    .default(null),
  /** The host page must sign its visitors' addresses (`data-user-hash`): no log-in by code. */
  identity_verification: z.boolean().default(false),
  /** Signatures must carry their time (`data-user-hash-at`) and be no older than so many hours; null: they may carry none. */
  identity_max_age_hours: z.number().int().min(1).max(720).nullable().default(null),
  /** Kinds of account affiliates may be paid to. */
  payout_kinds: z
    .array(z.enum(['paypal', 'wise', 'bank', 'other']))
    .min(1, 'at least one of paypal, wise, bank, other')
    .max(4)
    .default(['paypal', 'wise', 'bank', 'other']),
  /** Affiliates may ask to be paid. */
  payout_requests: z.boolean().default(true),
  /** Minor units of the project's currency: what must be available to ask. */
  payout_minimum: z.number().int().min(0).max(1e12).default(0),
  /** Affiliates may choose a second code of their own. */
  custom_slugs: z.boolean().default(false),
  /** "Powered by Refgrow" under the dashboard. */
  powered_by: z.boolean().default(true),
  title: z.string().max(200).nullable().default(null),
  description: z.string().max(2000).nullable().default(null),
  primary_color: color.default(null),
  secondary_color: color.default(null),
  font_color: color.default(null),
  theme: z.enum(['auto', 'light', 'dark']).default('auto'),
  widget_blocks_config: z
    .array(z.object({ id: z.string(), enabled: z.boolean(), order: z.number() }))
    .default(defaultBlocks),
})
export type Settings = z.infer<typeof Settings>

/** The last ones read, by their text: they are asked for with every sale. */
const known = new Map<string, Settings>()
const KNOWN_MOST = 1000

export function settingsOf({ settings: text }: Pick<Project, 'settings'>): Settings {
  const found = known.get(text)
  if (found) return found
  const settings = Object.freeze(Settings.parse(JSON.parse(text)))
  if (known.size >= KNOWN_MOST) known.clear()
  known.set(text, settings)
  return settings
}
