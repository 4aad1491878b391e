/**
 * `npm run test:samples -- FOLDER`: translates events that payment providers published or sent, one JSON file each in
 * FOLDER/<provider>/. They are not ours to give away; what each must come to is written in server/test/samples/, where "@path"
 * stands for what the sample has at that path. Every other file must be ignored.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PaymentEvent } from '../server/core/payment/event.ts'
import { lemonsqueezy } from '../server/providers/lemonsqueezy/lemonsqueezy.ts'
import { paddle } from '../server/providers/paddle/paddle.ts'
import { polar } from '../server/providers/polar/polar.ts'
import type { Provider } from '../server/providers/provider.ts'
import { stripe } from '../server/providers/stripe/stripe.ts'

/** By the name of the file; `as` is the type of event that brings the object, where it is not the sample's own. */
export type Outcomes = Record<string, { as?: string; kind: string }>

const OUTCOMES = join(import.meta.dirname, '..', 'server', 'test', 'samples')

/** @returns what is wrong, a sentence each */
export function wrongIn(folder: string, provider: Provider, outcomes = outcomesOf(provider)): string[] {
  const path = join(folder, provider.name)
  if (!existsSync(path)) return [`${provider.name}: there is no folder ${path}`]
  const names = readdirSync(path).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
  const missing = Object.keys(outcomes).filter((name) => !names.includes(name))
  return [
    ...missing.map((name) => `${provider.name}: there is no ${name}.json`),
    ...names.flatMap((name) => {
      const { as, ...outcome } = outcomes[name] ?? { kind: 'ignored' }
      try {
        const event = eventIn(join(path, `${name}.json`), as ?? name.slice(name.indexOf('__') + 2), as)
        assert.deepEqual(factsOf(provider.parse(JSON.stringify(event))), resolved(outcome, event))
        return []
      } catch (error) {
        return [`${provider.name}: ${name}.json: ${error instanceof Error ? error.message : String(error)}`]
      }
    }),
  ]
}

const outcomesOf = ({ name }: Provider) => JSON.parse(readFileSync(join(OUTCOMES, `${name}.json`), 'utf8')) as Outcomes

interface Sample {
  object?: unknown
  livemode?: boolean
  data?: { object?: unknown }
}

/** Some samples of Stripe are an object without the event that brings it. */
function eventIn(file: string, type: string, as: string | undefined): object {
  const sample = JSON.parse(readFileSync(file, 'utf8')) as Sample
  if (sample.object === undefined) return sample
  if (sample.object === 'event') return as ? { ...sample, type: as } : sample
  const data = typeof sample.object === 'object' ? sample : { object: sample }
  const { livemode = false } = data.object as Sample
  return { object: 'event', type, created: 1_790_000_000, livemode, data }
}

/** Without the provider's name, and without what is undefined; why an event is ignored is for people. */
function factsOf(told: PaymentEvent): object {
  if (told.kind === 'ignored') return { kind: 'ignored' }
  const { provider: _, ...facts } = told
  return JSON.parse(JSON.stringify(facts)) as object
}

const resolved = (outcome: object, event: object): object =>
  JSON.parse(JSON.stringify(outcome), (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(/@([\w.]+)$/, (_, path: string) => String(valueAt(event, path))) : value,
  ) as object

const valueAt = (event: object, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], event)

function main([folder]: string[]): void {
  const wrong =
    folder && existsSync(folder)
      ? [stripe, paddle, lemonsqueezy, polar].flatMap((provider) => wrongIn(folder, provider))
      : [
          `expected a folder of samples: npm run test:samples -- FOLDER; ${folder ? `there is no ${folder}` : 'got none'}`,
        ]
  for (const sentence of wrong) console.error(`test:samples: ${sentence}`)
  if (wrong.length === 0) console.log(`Every sample in ${folder} comes to what is written`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}

if (import.meta.main) main(process.argv.slice(2))
