/** Payloads that providers published or sent. They lie beside the repository, not in it: they are not ours to give away. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { PaymentEvent } from '../core/payment/event.ts'
import type { Provider } from '../providers/provider.ts'

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'payloads')

/**
 * Every file is translated without an error, those in `expected` to what is written there; one that tells of money and is
 * not in `expected` fails.
 */
export function testPayloadFiles(provider: Provider, expected: Record<string, object>): void {
  const folder = join(FOLDER, provider.name)
  const there = existsSync(folder)
  const files = there ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []
  const translate = (file: string): PaymentEvent => provider.parse(readFileSync(join(folder, file), 'utf8'))

  describe.skipIf(!there)(`payload files${there ? '' : `: skipped, there is no ${folder}`}`, () => {
    test.each(Object.entries(expected))('%s', (file, event) => {
      expect(translate(`${file}.json`)).toMatchObject(event)
    })

    test('no other file tells of money', () => {
      const others = files.filter((file) => !(file.slice(0, -'.json'.length) in expected))
      const telling = others.filter((file) => ['payment', 'refund', 'dispute'].includes(translate(file).kind))
      expect(telling).toEqual([])
    })
  })
}
