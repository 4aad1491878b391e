/** `refgrow affiliate add` */
import type { Command } from 'commander'
import { NewAffiliate } from '../api/affiliates.ts'
import { createAffiliate } from '../core/affiliate/affiliate.ts'
import { affiliateNamed } from '../core/affiliate/lookup.ts'
import { dashboardAddress } from '../core/project/dashboard-address.ts'
import { DomainError } from '../core/kit/errors.ts'
import { linksOf } from '../core/affiliate/link.ts'
import { settingsOf } from '../core/project/settings.ts'
import { welcome } from '../core/affiliate/welcome-mail.ts'
import { retried } from '../db/retried.ts'
import type { Project } from '../db/schema.ts'
import type { OfProject } from './arguments.ts'
import { positiveInteger, WHO } from './arguments.ts'
import { changeProject } from './context.ts'
import { printFacts, printJson, printLine } from './print.ts'

interface Added extends OfProject {
  email: string
  code?: string
  name?: string
  company?: string
  campaign?: number
  invitedBy?: string
  language?: string
  welcome?: true
}

export function addAffiliateCommand(command: Command): void {
  command
    .description('Add an affiliate and print the links they share')
    .requiredOption('--email <email>', 'their email')
    .option('--code <code>', 'their referral code; without it one is made')
    .option('--name <name>', 'their name')
    .option('--company <name>', 'their company')
    .option('--campaign <id>', "whose terms they get; without it the default campaign's", positiveInteger)
    .option('--invited-by <who>', `who brought them, for the second tier: ${WHO}`)
    .option('--language <tag>', 'what their emails are written in, such as de or pt-BR')
    .option('--welcome', 'email them their link')
    .action(add)
}

async function add({ project: id, json, ...given }: Added): Promise<void> {
  const read = NewAffiliate.safeParse({
    email: given.email,
    referral_code: given.code,
    name: given.name,
    company: given.company,
    campaign_id: given.campaign,
    language: given.language,
  })
  if (!read.success) throw wrongOption(read.error.issues[0])
  await changeProject(id, async ({ db, clock, config, project }) => {
    const now = clock.now()
    const affiliate = await retried(db, async (tx) => {
      const parent = given.invitedBy === undefined ? null : await affiliateNamed(tx, id, given.invitedBy)
      const made = await createAffiliate(tx, id, { ...read.data, parent }, now)
      if (given.welcome) await welcome(tx, project, made, now)
      return made
    })
    const links = linksOf(project, affiliate.referral_code, config.publicUrl)
    const dashboard = dashboardAddress(project, config.publicUrl)
    const { email, referral_code } = affiliate
    if (json) return printJson({ id: affiliate.id, email, referral_code, ...links, dashboard })
    printLine(`Affiliate ${affiliate.id} is added: ${email}, code ${referral_code}.`)
    printFacts({ '  Link': links.link, '  Short link': links.short_link, '  Dashboard': dashboard })
    printLine(howToSend(project, given.welcome))
  })
}

function howToSend(project: Project, welcomed: true | undefined): string {
  if (!project.website)
    return 'There is no website for the links to lead to: "settings set website https://shop.example", then "affiliate show".'
  if (welcomed && settingsOf(project).send_mails) return 'Refgrow emails them the link.'
  return 'Send them a link: the first counts where the tracker is on the page, the short one anywhere. "affiliate add --welcome" emails it.'
}

const OPTIONS: Record<string, string> = { referral_code: 'code', campaign_id: 'campaign' }

function wrongOption(issue: { path: PropertyKey[]; message: string } | undefined): DomainError {
  const field = String(issue?.path[0])
  return new DomainError('invalid_request', `--${OPTIONS[field] ?? field}: ${issue?.message}`)
}
