import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { polar } from '../server/providers/polar/polar.ts'
import { polarOrder, polarRefund } from '../server/test/polar-events.ts'
import { wrongIn } from './samples.ts'

function folderWith(events: Record<string, object>): string {
  const folder = mkdtempSync(join(tmpdir(), 'refgrow-samples-'))
  mkdirSync(join(folder, 'polar'))
  for (const [name, event] of Object.entries(events))
    writeFileSync(join(folder, 'polar', `${name}.json`), JSON.stringify(event))
  return folder
}

test('every sample must come to what is written, and every other file must be ignored', () => {
  const refund = polarRefund('refund.created', { id: 'refund-1', order: 'order-1', amount: 1_000 })
  const told = {
    kind: 'refund',
    test: false,
    occurred_at: '2026-11-20T12:00:00.000Z',
    ids: { customer: '@data.customer_id', subscription: null, payment: '@data.order_id' },
    external_id: '@data.id',
    amount: 1_000,
    currency: 'USD',
    cumulative: false,
    of: null,
    state: 'done',
    reason: 'customer_request',
  }
  const folder = folderWith({ refund, pending: polarOrder('order.created', { id: 'order-1', net: 100 }) })
  expect(wrongIn(folder, polar, { refund: told })).toEqual([])
  expect(wrongIn(folder, polar, { refund: { ...told, external_id: '@data.order_id' } as never })).toEqual([
    expect.stringMatching(/^polar: refund\.json: .*refund-1/s),
  ])
  expect(wrongIn(folder, polar, {})).toEqual([expect.stringMatching(/^polar: refund\.json: /)])
  expect(wrongIn(folder, polar, { refund: told, gone: { kind: 'start' } })).toEqual(['polar: there is no gone.json'])
})

test('a folder that is not there is said', () => {
  const nowhere = join(tmpdir(), 'refgrow-nowhere')
  expect(wrongIn(nowhere, polar)).toEqual([`polar: there is no folder ${join(nowhere, 'polar')}`])
  const run = (...args: string[]) =>
    execFileSync(process.execPath, [join(import.meta.dirname, 'samples.ts'), ...args], { stdio: 'pipe' })
  expect(() => run(nowhere)).toThrow(
    `test:samples: expected a folder of samples: npm run test:samples -- FOLDER; there is no ${nowhere}`,
  )
  expect(() => run()).toThrow('FOLDER; got none')
})
