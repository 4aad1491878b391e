/** What each mail says, before it is text or HTML. */
import type { MailFields, MailMoney, MailTemplate } from '../core/news/mail.ts'
import { formatMinor } from '../core/kit/money.ts'
import { referralLink } from '../core/affiliate/link.ts'
import type { Settings } from '../core/project/settings.ts'
import type { Instant, Project } from '../db/schema.ts'
import { plain, type Wording } from './mail-wording.ts'

export interface Letter {
  subject: string
  /** What mail programs show beside the subject. */
  preview: string
  /** Small, above the headline. */
  label: string
  /** The one thing to see. */
  headline: string
  /** The headline is read digit by digit. */
  isCode: boolean
  paragraphs: string[]
  rows: { label: string; value: string; isLink?: boolean }[]
  /** Shown in full, to be copied. */
  link: { label: string; address: string } | null
  after: string | null
  /** For the owner, to be copied into a terminal. */
  commands: { label: string; command: string }[]
  /** Where the commands are run. */
  where: string | null
  action: { label: string; address: string } | null
  closing: string
}

export interface Sender {
  project: Pick<Project, 'id' | 'name' | 'website'>
  settings: Pick<Settings, 'param' | 'dashboard_url'>
  /** When the mail was queued. */
  at: Instant
}

type Writer<Template extends MailTemplate> = (
  fields: MailFields[Template],
  words: Wording,
  sender: Sender,
) => Partial<Letter> & Pick<Letter, 'subject' | 'label' | 'headline' | 'closing'>

/** @throws TypeError when the fields are not the template's */
export function writeLetter(template: string, fields: unknown, words: Wording, sender: Sender): Letter {
  if (!Object.hasOwn(WRITERS, template)) throw new TypeError(`No mail template "${template}"`)
  const write = WRITERS[template as MailTemplate] as Writer<MailTemplate>
  const letter = write(fields as MailFields[MailTemplate], words, sender)
  return {
    preview: letter.paragraphs?.[0] ?? letter.headline,
    isCode: false,
    paragraphs: [],
    rows: [],
    link: null,
    after: null,
    commands: [],
    where: letter.commands?.length ? words.say('command.where') : null,
    action: null,
    ...letter,
  }
}

const WRITERS: { [Template in MailTemplate]: Writer<Template> } = {
  welcome({ referral_code }, words, { project, settings }) {
    const { say } = words
    const values = { project: project.name }
    const address = referralLink(project.website, settings.param, referral_code)
    return {
      subject: say('welcome.subject', values),
      preview: say('welcome.preview'),
      label: say('welcome.label'),
      headline: say('welcome.headline'),
      paragraphs: [say(address ? 'welcome.link_ready' : 'welcome.code_ready')],
      rows: address ? [] : [{ label: say('welcome.code'), value: plain(referral_code) }],
      link: address ? { label: say('welcome.link'), address } : null,
      after: say(settings.dashboard_url ? 'welcome.dashboard' : 'welcome.dashboard_where_joined'),
      action: dashboard(words, settings),
      closing: say('closing.affiliate', values),
    }
  },

  new_commission({ held_until, reason, sale, ...earned }, words, { project, settings }) {
    const { say } = words
    const values = { project: project.name, amount: words.money(earned), code: reason.code ?? '' }
    return {
      subject: say('commission.subject', values),
      label: say('commission.label'),
      headline: words.money(earned),
      paragraphs: [say(REASONS[reason.kind](reason.code), values)],
      rows: [
        ...(sale ? [{ label: say('commission.sale'), value: words.money(sale) }] : []),
        held_until
          ? { label: say('commission.held_until'), value: words.day(held_until) }
          : { label: say('commission.available'), value: say('commission.available_now') },
      ],
      after: held_until ? say('commission.why_held') : null,
      action: dashboard(words, settings),
      closing: say('closing.affiliate', values),
    }
  },

  payout({ method, ...paid }, words, { project, settings }) {
    const { say } = words
    const values = { project: project.name, amount: words.money(paid) }
    return {
      subject: say('payout.subject', values),
      label: say('payout.label'),
      headline: words.money(paid),
      paragraphs: [say('payout.body', values)],
      rows: [
        {
          label: say('payout.method'),
          value: method === 'manual' ? say('payout.method_manual', values) : (RAILS[method] ?? plain(method)),
        },
      ],
      after: say('payout.when'),
      action: dashboard(words, settings),
      closing: say('closing.affiliate', values),
    }
  },

  payout_requested({ affiliate, affiliate_id, account, ...asked }, words, { project }) {
    const { say } = words
    const values = { project: project.name, affiliate, amount: words.money(asked) }
    return {
      subject: say('request.subject', values),
      label: say('request.label'),
      headline: words.money(asked),
      paragraphs: [say('request.body', values)],
      rows: [
        { label: say('request.affiliate'), value: plain(affiliate), isLink: true },
        { label: say('request.account'), value: accountIn(words, account) },
      ],
      after: say('request.what_to_do'),
      commands: commandsOn(affiliate_id, [
        [say('command.pay'), (id) => `payout pay ${id} --project ${project.id} ${exactly(asked)}`],
      ]),
      closing: say('closing.owner', values),
    }
  },

  application({ affiliate, affiliate_id, ...told }, words, { project }) {
    const { say } = words
    const values = { project: project.name, affiliate }
    return {
      subject: say('application.subject', values),
      label: say('application.label'),
      headline: plain(told.name ?? affiliate),
      paragraphs: [say('application.body', values)],
      rows: [
        { label: say('request.affiliate'), value: plain(affiliate), isLink: true },
        ...(['name', 'company', 'website'] as const).flatMap((id) => {
          const value = told[id]
          return value === null
            ? []
            : [{ label: say(`application.${id}`), value: plain(value), isLink: id === 'website' }]
        }),
      ],
      after: say('application.what_to_do'),
      commands: commandsOn(affiliate_id, [
        [say('command.approve'), (id) => `affiliate approve ${id} --project ${project.id}`],
        [say('command.reject'), (id) => `affiliate reject ${id} --project ${project.id}`],
      ]),
      closing: say('closing.owner', values),
    }
  },

  login_code({ code, long, expires_at }, words, { project, at }) {
    const { say } = words
    const minutes = Math.max(1, Math.round((Date.parse(expires_at) - Date.parse(at)) / 60_000))
    const values = { project: project.name, code, duration: words.minutes(minutes) }
    return {
      subject: long ? `${say('login.label')}: ${plain(project.name)}` : say('login.subject', values),
      preview: say('login.preview', values),
      label: say('login.label'),
      headline: plain(code),
      isCode: !long,
      paragraphs: [say('login.body', values), ...(long ? [say('login.long', values)] : [])],
      closing: say('login.closing'),
    }
  },

  webhook_disabled({ endpoint_id, url, reason, failing_since }, words, { project }) {
    const { say } = words
    const host = URL.canParse(url) ? new URL(url).host : url
    const values = { project: project.name, host }
    return {
      subject: say('webhook.subject', values),
      preview: say('webhook.preview', values),
      label: say('webhook.label'),
      headline: say('webhook.headline'),
      paragraphs: [say('webhook.body')],
      rows: [
        { label: say('webhook.address'), value: plain(url), isLink: true },
        { label: say('webhook.number'), value: String(endpoint_id) },
        { label: say('webhook.since'), value: words.moment(failing_since) },
        { label: say('webhook.reason'), value: plain(reason).replaceAll(INSTANT, (instant) => words.moment(instant)) },
      ],
      after: say('webhook.what_to_do'),
      commands: commandsOn(endpoint_id, [
        [say('command.enable'), (id) => `webhook enable ${id} --project ${project.id}`],
      ]),
      closing: say('closing.owner', values),
    }
  },
}

/**
 * Numbers alone stand in a command: an email address that somebody chose could carry one of their own into the owner's terminal.
 * @param id absent in mails that an earlier version queued
 */
const commandsOn = (id: number | undefined, commands: [string, (id: number) => string][]): Letter['commands'] =>
  id === undefined ? [] : commands.map(([label, of]) => ({ label, command: `npm run -s refgrow -- ${of(id)}` }))

const exactly = ({ amount, currency }: MailMoney) => `--amount ${formatMinor(amount, currency)} --currency ${currency}`

const byCode = (code: string | null) => (code === null ? 'commission.by_link' : 'commission.by_code')

const REASONS = {
  coupon: (code) => (code === null ? 'commission.by_link' : 'commission.by_coupon'),
  click: () => 'commission.by_link',
  metadata: byCode,
  client_reference: byCode,
  subscription_metadata: byCode,
  email: () => 'commission.by_person',
  manual: () => 'commission.by_hand',
  second_tier: () => 'commission.by_second_tier',
} satisfies Record<
  MailFields['new_commission']['reason']['kind'],
  (code: string | null) => Parameters<Wording['say']>[0]
>

const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g

/** `PayPal a•••@example.com`, `Bank account •••• 1234`; a description of the affiliate's own is for the owner's eyes, not for a mail. */
function accountIn({ say }: Wording, { kind, masked }: MailFields['payout_requested']['account']): string {
  if (kind === 'other') return say('request.other')
  return `${kind === 'bank' ? say('request.bank') : (RAILS[kind] ?? kind)} ${plain(masked)}`
}

/** Names that are the same in every language. */
const RAILS: Record<string, string> = { paypal: 'PayPal', wise: 'Wise' }

const dashboard = ({ say }: Wording, { dashboard_url }: Sender['settings']): Letter['action'] =>
  dashboard_url ? { label: say('action.dashboard'), address: dashboard_url } : null
