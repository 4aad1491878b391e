import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { loadExchangeRates } from '../jobs/load-exchange-rates.ts'
import { onBothDatabases } from '../test/databases.ts'
import { rateOn } from '../core/project/exchange-rate.ts'
import { loadRates } from './exchange-rates.ts'

const file = (content: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'refgrow-rates-')), 'rates.json')
  writeFileSync(path, content)
  return path
}
const ecb = JSON.stringify({
  base: 'EUR',
  date: '2026-11-20',
  rates: { USD: 1.0842, JPY: '163.1', XXQ: 2, KWD: 3.3e-7 },
})

test('a file in the common shape; codes that are no currency are left out, numbers become decimal text', async () => {
  expect(await loadRates(file(ecb))).toEqual({
    base: 'EUR',
    day: '2026-11-20',
    rates: { USD: '1.0842', JPY: '163.1', KWD: '0.00000033' },
    source: 'rates.json',
  })
})

test.each<[string, RegExp]>([
  ['nonsense', /no JSON/],
  ['{"base":"EUR"}', /date: expected a day/],
  ['{"base":"EUR","date":"2026-11-20","rates":{"USD":-1}}', /rates.USD: /],
  ['{"base":"EUR","date":"2026-11-20","rates":{"USD":"0"}}', /rates.USD: expected a rate between/],
  ['{"base":"EUR","date":"2026-11-20","rates":{"USD":1e-12}}', /rates.USD: expected a rate between/],
  ['{"base":"EUR","date":"2026-11-20","rates":{"USD":1e22}}', /rates.USD: expected a rate between/],
  ['{"base":"EUR","date":"2026-11-20","rates":{"XXQ":1}}', /rates: expected at least one currency/],
  ['null', /document: /],
  [' '.repeat(1024 * 1024 + 1), /cannot be read: expected at most 1 MB/],
])('%.60s is refused in a sentence', async (content, sentence) => {
  await expect(loadRates(file(content))).rejects.toThrow(sentence)
})

onBothDatabases(
  'the job stores what the address answers, and keeps what it has when the address fails',
  async ({ db }) => {
    let status = 200
    const server = createServer((_request, response) => response.writeHead(status).end(ecb)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const config = loadConfig({ EXCHANGE_RATES: `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest` })
    await loadExchangeRates({ config, db })
    const rate = (from: string, to: string, day: string) => db.transaction().execute((tx) => rateOn(tx, from, to, day))
    expect(await rate('EUR', 'USD', '2026-11-22')).toMatchObject({ rate: '1.0842', day: '2026-11-20' })
    expect(await rate('USD', 'EUR', '2026-11-20')).toMatchObject({ rate: '0.9223390518' })
    expect(await rate('USD', 'EUR', '2026-11-28')).toBeUndefined()
    status = 500
    await expect(loadExchangeRates({ config, db })).rejects.toThrow('cannot be read: it answered with 500')
    expect(await rate('JPY', 'USD', '2026-11-20')).toMatchObject({ rate: '0.0066474555' })
    server.close()
  },
)
