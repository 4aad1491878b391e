/** Once a day the newest exchange rates, where EXCHANGE_RATES says from where. */
import type { Context } from '../context.ts'
import { storeRates } from '../core/project/exchange-rate.ts'
import { loadRates } from '../outbound/exchange-rates.ts'
import { retried } from '../db/retried.ts'

export async function loadExchangeRates({ config, db }: Pick<Context, 'config' | 'db'>): Promise<void> {
  if (!config.exchangeRates) return
  const { base, day, rates, source } = await loadRates(config.exchangeRates)
  await retried(db, (tx) => storeRates(tx, base, day, rates, source))
}
