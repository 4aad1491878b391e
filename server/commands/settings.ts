/** `refgrow settings ...` */
import type { Command } from 'commander'
import { ruleOf } from '../core/terms/rule.ts'
import { DomainError } from '../core/kit/errors.ts'
import { formatMinor } from '../core/kit/money.ts'
import { changeSettings, changeWebsite, defaultCampaignId } from '../core/project/project.ts'
import { parseSetting, settingAsText, settingsAsText } from '../core/project/setting-text.ts'
import { Settings, settingsOf } from '../core/project/settings.ts'
import { setTerms } from '../core/terms/versions.ts'
import type { TermsChange } from '../core/terms/change.ts'
import { retried } from '../db/retried.ts'
import type { Instant, Project, Tx } from '../db/schema.ts'
import { positiveInteger, website } from './arguments.ts'
import { changeProject, readProject } from './context.ts'
import { nearest } from './nearest.ts'
import { printJson, printLine } from './print.ts'

/** Keys that are not kept in the settings document: the terms of the default campaign, and the website. */
const ELSEWHERE = ['commission_percent', 'hold_days', 'website'] as const
const KEYS = [...Object.keys(Settings.shape), ...ELSEWHERE]

export function settingsCommands(program: Command): void {
  const settings = program.command('settings').description("Read and change a project's settings")

  settings
    .command('set')
    .description('Change one setting')
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .argument('<key>', 'the setting')
    .argument('<value>', "its value: text, a number, JSON, or an amount in the project's currency such as 50.00")
    .addHelpText('after', `\nSettings: ${KEYS.join(', ')}\n`)
    .action(async (key: string, value: string, { project: id }: { project: number }) => {
      if (!KEYS.includes(key)) throw unknownSetting(key)
      const stored = await changeProject(id, ({ db, clock, project }) =>
        retried(db, (tx) => change(tx, project, key, value, clock.now())),
      )
      printLine(`${key} = ${stored}`)
    })

  settings
    .command('get')
    .description("Print all settings as JSON; amounts are in the project's currency")
    .requiredOption('--project <id>', 'the project', positiveInteger)
    .action(async ({ project: id }: { project: number }) => {
      printJson(await readProject(id, ({ db, project }) => retried(db, (tx) => read(tx, project))))
    })
}

/** @returns the value as it is kept, in words */
async function change(tx: Tx, project: Project, key: string, value: string, now: Instant): Promise<string> {
  if (isSetting(key)) {
    const settings = await changeSettings(tx, project.id, parseSetting(key, value, project.currency))
    return settingAsText(key, settings, project.currency)
  }
  if (key === 'website') {
    const address = website(value)
    await changeWebsite(tx, project.id, address)
    return address
  }
  await setTerms(tx, project, await defaultCampaignId(tx, project.id), {}, termsChange(key, value), now)
  return value
}

const isSetting = (key: string): key is keyof Settings => Object.hasOwn(Settings.shape, key)

function unknownSetting(key: string): Error {
  const meant = nearest(key, KEYS)
  return new DomainError(
    'invalid_request',
    `Unknown setting "${key}"${meant ? `; did you mean ${meant}?` : '.'} Settings: ${KEYS.join(', ')}`,
  )
}

async function read(tx: Tx, project: Project) {
  const rule = await ruleOf(tx, await defaultCampaignId(tx, project.id))
  const fixed = rule?.amount == null || rule.currency === null ? null : formatMinor(rule.amount, rule.currency)
  return {
    ...settingsAsText(settingsOf(project), project.currency),
    website: project.website,
    commission_percent: fixed === null ? (rule?.basis_points ?? 0) / 100 : null,
    ...(fixed !== null && { commission_fixed: `${fixed} ${rule?.currency}` }),
    hold_days: rule?.hold_days ?? 0,
  }
}

/** Of the default campaign's terms only what is named; a cap, a duration or a second tier stays. */
function termsChange(key: string, text: string): TermsChange {
  if (key === 'commission_percent') {
    if (!/^\d{1,3}(\.\d{1,2})?$/.test(text) || Number(text) > 100)
      throw wrong(key, '0 to 100 with at most two decimals', text)
    return { kind: 'percent', rate: text }
  }
  if (!/^\d{1,3}$/.test(text) || Number(text) > 365) throw wrong(key, 'whole days from 0 to 365', text)
  return { hold_days: Number(text) }
}

const wrong = (key: string, expected: string, text: string) =>
  new DomainError('invalid_request', `Setting ${key}: expected ${expected}, got "${text}"`)
