/** `refgrow affiliate ...` */
import { type Command, Option } from 'commander'
import { showAffiliate } from '../api/affiliates.ts'
import { findAffiliate } from '../core/affiliate/affiliate.ts'
import { getAffiliateWithStats, listAffiliates } from '../core/affiliate/list.ts'
import { type Decision, decideAffiliate } from '../core/affiliate/approval.ts'
import { affiliateNamed } from '../core/affiliate/lookup.ts'
import { getCampaign } from '../core/terms/campaign.ts'
import type { Balance } from '../core/ledger/ledger.ts'
import { findPayoutMethod } from '../core/payout/method.ts'
import { linksOf } from '../core/affiliate/link.ts'
import { settingsOf } from '../core/project/settings.ts'
import { retried } from '../db/retried.ts'
import type { Project } from '../db/schema.ts'
import type { OfProject } from './arguments.ts'
import { addAffiliateCommand } from './affiliate-add.ts'
import { positiveInteger, WHO } from './arguments.ts'
import { changeProject, readProject } from './context.ts'
import { moneyOf } from './money.ts'
import { printFacts, printJson, printLine, printTable } from './print.ts'

export function affiliateCommands(program: Command): void {
  const affiliate = program.command('affiliate').description('Add, look up, approve and pause affiliates')
  const ofProject = (name: string) =>
    affiliate
      .command(name)
      .requiredOption('--project <id>', 'the project', positiveInteger)
      .option('--json', 'print one line of JSON')

  addAffiliateCommand(ofProject('add'))

  ofProject('list')
    .description('List affiliates in the order in which they joined')
    .addOption(new Option('--status <status>', 'only these').choices(['active', 'inactive', 'pending']))
    .option('--email <email>', 'only the one with this email')
    .option('--limit <count>', 'at most so many', positiveInteger, 50)
    .action(list)

  ofProject('show')
    .description('Show one affiliate: links, counts, what they earned and what is owed')
    .argument('<who>', WHO)
    .action(show)

  const decision = (name: Decision, description: string, sentence: (email: string, project: Project) => string) =>
    ofProject(name)
      .description(description)
      .argument('<who>', WHO)
      .action(async (who: string, { project: id, json }: OfProject) => {
        await changeProject(id, async ({ db, clock, project }) => {
          const changed = await retried(db, async (tx) =>
            decideAffiliate(tx, id, await affiliateNamed(tx, id, who), name, clock.now()),
          )
          if (json) return printJson({ id: changed.id, email: changed.email, status: changed.status })
          printLine(sentence(changed.email, project))
        })
      })
  decision(
    'approve',
    'Let an applicant in; they are told by email',
    (email, project) =>
      `${email} is approved: their link counts from now on.${settingsOf(project).send_mails ? ' They are told by email.' : ''}`,
  )
  decision(
    'reject',
    'Turn an applicant down; no email is sent',
    (email) =>
      `${email} is turned down and stays on record as inactive, so that the same address does not apply again. No email is sent. "affiliate resume" lets them in after all.`,
  )
  decision(
    'pause',
    'Let an affiliate earn nothing new until they are resumed; what they earned stays theirs',
    (email) => `${email} is paused: their link does not count. What they earned stays theirs.`,
  )
  decision('resume', 'Let a paused affiliate earn again', (email) => `${email} is active again.`)
}

async function list({ project: id, json, ...filter }: OfProject & { status?: string; email?: string; limit: number }) {
  await readProject(id, async ({ db, clock, project }) => {
    const limit = Math.min(filter.limit, 500)
    const { rows, total } = await retried(db, (tx) =>
      listAffiliates(tx, project, { ...filter, limit, offset: 0 }, clock.now()),
    )
    if (json) return printJson(rows.map((row) => showAffiliate(row, project.currency)))
    const { currency } = project
    printTable(
      rows.map(({ balances, ...row }) => ({
        id: row.id,
        email: row.email,
        code: row.referral_code,
        status: row.status,
        clicks: row.clicks,
        signups: row.signups,
        purchases: row.purchases,
        unpaid: moneyOf(balances, ({ eligible, held }) => eligible + held, currency),
        earned: moneyOf(balances, ({ total }) => total, currency),
      })),
      filter.status || filter.email
        ? 'No such affiliates.'
        : 'No affiliates yet; "affiliate add --email EMAIL" adds one.',
    )
    if (total > rows.length) printLine(`${rows.length} of ${total}; --limit shows more, up to 500.`)
  })
}

async function show(who: string, { project: id, json }: OfProject): Promise<void> {
  await readProject(id, async ({ db, clock, config, project }) => {
    const found = await retried(db, async (tx) => {
      const affiliateId = await affiliateNamed(tx, id, who)
      const affiliate = await getAffiliateWithStats(tx, id, affiliateId, clock.now())
      const inviter = affiliate.parent_id === null ? undefined : await findAffiliate(tx, id, affiliate.parent_id)
      return {
        affiliate,
        inviter,
        campaign: await getCampaign(tx, id, affiliate.campaign_id),
        method: await findPayoutMethod(tx, id, affiliateId),
      }
    })
    const { affiliate, inviter, campaign, method } = found
    const links = linksOf(project, affiliate.referral_code, config.publicUrl)
    if (json) return printJson({ ...showAffiliate(affiliate, project.currency), ...links })
    const money = (part: (balance: Balance) => number) => moneyOf(affiliate.balances, part, project.currency)
    printFacts({
      id: affiliate.id,
      email: affiliate.email,
      name: affiliate.name,
      company: affiliate.company,
      website: affiliate.website,
      status: affiliate.status,
      code: affiliate.referral_code,
      link: links.link,
      'short link': links.short_link,
      campaign: `${campaign.name} (${campaign.id})`,
      'invited by': inviter && `${inviter.email} (${inviter.id})`,
      joined: affiliate.created_at.slice(0, 10),
      clicks: affiliate.clicks,
      signups: affiliate.signups,
      purchases: affiliate.purchases,
      earned: money(({ total }) => total),
      'to be paid': money(({ eligible }) => eligible),
      held: money(({ held }) => held),
      paid: money(({ paid }) => paid),
      'paid to': method ? `${method.kind} ${method.masked}` : 'no account named yet',
    })
  })
}
