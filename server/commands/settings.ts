/** `refgrow settings ...` */
import type { Command } from 'commander'
import { newRule, ruleOf } from '../core/commission.ts'
import { DomainError } from '../core/errors.ts'
import { changeSettings, changeWebsite, defaultCampaignId, getProject } from '../core/project.ts'
import { parseSetting, Settings, settingsOf } from '../core/settings.ts'
import type { Instant, Tx } from '../db/schema.ts'
import { positiveInteger, printJson, printLine, withContext } from './context.ts'
import { website } from './project.ts'
import { retried } from '../db/retried.ts'

/** Keys that are not kept in the settings document: the website, and the terms of the default campaign. */
const TERMS = ['commission_percent', 'hold_days'] as const

export function settingsCommands(program: Command): void {
  const settings = program.command('settings').description("Read and change a project's settings")
  const keys = [...Object.keys(Settings.shape), ...TERMS, 'website'].join(', ')

  settings
    .command('set')
    .description('Change one setting')
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .argument('<key>', 'the setting')
    .argument('<value>', 'its value: text, a number, or JSON')
    .addHelpText('after', `\nSettings: ${keys}\n`)
    .action(async (key: string, value: string, { project }: { project: number }) => {
      await withContext(({ db, clock }) => retried(db, (tx) => change(tx, project, key, value, clock.now())))
      printLine(`${key} = ${value}`)
    })

  settings
    .command('get')
    .description('Print all settings as JSON')
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .action(async ({ project }: { project: number }) => {
      printJson(await withContext(({ db }) => retried(db, (tx) => read(tx, project))))
    })
}

async function change(tx: Tx, projectId: number, key: string, value: string, now: Instant): Promise<void> {
  if (key === 'website') return changeWebsite(tx, projectId, website(value))
  if (!TERMS.some((term) => term === key)) return void (await changeSettings(tx, projectId, parseSetting(key, value)))

  const campaignId = await defaultCampaignId(tx, projectId)
  const rule = await ruleOf(tx, campaignId)
  const terms = {
    kind: 'percent' as const,
    basis_points: rule?.basis_points ?? 0,
    amount: null,
    currency: null,
    hold_days: rule?.hold_days ?? 0,
  }
  await newRule(
    tx,
    projectId,
    campaignId,
    { ...terms, ...(key === 'hold_days' ? { hold_days: wholeDays(value) } : { basis_points: basisPoints(value) }) },
    now,
  )
}

async function read(tx: Tx, projectId: number) {
  const project = await getProject(tx, projectId)
  const rule = await ruleOf(tx, await defaultCampaignId(tx, projectId))
  return {
    ...settingsOf(project),
    website: project.website,
    commission_percent: (rule?.basis_points ?? 0) / 100,
    hold_days: rule?.hold_days ?? 0,
  }
}

/** "12.5" -> 1250, read digit by digit. */
function basisPoints(text: string): number {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text)
  const points = match ? Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')) : Number.NaN
  if (!(points <= 10_000))
    throw new DomainError(
      'invalid_request',
      `Setting commission_percent: expected 0 to 100 with at most two decimals, got "${text}"`,
    )
  return points
}

function wholeDays(text: string): number {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
  if (!(days <= 365))
    throw new DomainError('invalid_request', `Setting hold_days: expected whole days from 0 to 365, got "${text}"`)
  return days
}
