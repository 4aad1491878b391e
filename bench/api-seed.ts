/** A programme that has been running for a while: written straight into the tables, with the sums and hashes that belong to it. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { createApiKey } from '../server/core/project/api-key.ts'
import { entryHash } from '../server/core/ledger/ledger.ts'
import { defaultCampaignId } from '../server/core/project/project.ts'
import { createProject } from '../server/core/terms/new-project.ts'
import { addDays, dayOf } from '../server/core/kit/time.ts'
import { openContext } from '../server/start.ts'

export interface Size {
  affiliates: number
  conversions: number
  clicks: number
}

const DAYS = 90
const PROGRESS = 1_000_000
/** A sale of 50.00 earns 10.00. */
const [SALE, EARNED] = [5000, 1000]

/** What the host pages of the programme sign addresses with. */
export const HMAC_SECRET = 'bench'

/**
 * Affiliates `a0@example.com` with the code `CODE0` and so on; clicks and sales spread evenly over them and the last 90 days.
 * @returns an API key
 */
export async function seedProgramme(file: string, size: Size, tell: (text: string) => void): Promise<string> {
  const { db, clock, sealer } = await openContext({ DATABASE_URL: `sqlite:${file}`, SECRET_KEY: '0'.repeat(64) })
  const now = clock.now()
  const { key, campaignId } = await db.transaction().execute(async (tx) => {
    const project = {
      name: 'Bench',
      website: 'https://shop.example',
      currency: 'USD',
      hmac_secret_sealed: sealer.seal(HMAC_SECRET),
    }
    const { id } = await createProject(tx, project, now)
    return { key: (await createApiKey(tx, id, 'bench', now)).key, campaignId: await defaultCampaignId(tx, id) }
  })
  await db.destroy()

  const sqlite = new DatabaseSync(file)
  // Nothing outlives the run, and the servers open the file with settings of their own.
  sqlite.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -524288')
  const days = Array.from({ length: DAYS }, (_, n) => addDays(dayOf(now), n - DAYS + 1))
  fill(new Tables(sqlite, tell), size, days, campaignId)
  sqlite.exec('pragma journal_mode = wal')
  sqlite.close()
  return key
}

function fill(tables: Tables, { affiliates, conversions, clicks }: Size, days: string[], campaignId: number): void {
  const dayAt = (n: number) => days[Math.floor(n / affiliates) % DAYS] as string
  const ledger = Array.from({ length: affiliates }, () => ({ seq: 0, hash: '' }))
  const counts = { clicks: new Uint32Array(affiliates * DAYS), purchases: new Uint32Array(affiliates * DAYS) }
  const cell = (n: number) => (n % affiliates) * DAYS + (Math.floor(n / affiliates) % DAYS)
  const start = `${days[0]}T00:00:00.000Z`

  tables.fill('affiliate', affiliates, (n) => ({
    id: n + 1,
    uuid: `uuid-${n}`,
    project_id: 1,
    campaign_id: campaignId,
    email: `a${n}@example.com`,
    email_key: `a${n}@example.com`,
    status: 'active',
    created_at: start,
    updated_at: start,
  }))
  tables.fill('link', affiliates, (n) => ({
    id: n + 1,
    project_id: 1,
    affiliate_id: n + 1,
    code: `CODE${n}`,
    code_key: `code${n}`,
    is_primary: 1,
    created_at: start,
  }))
  // By far the most rows: the database makes them itself.
  tables.generate(
    'click (project_id, affiliate_id, link_id, click_id, visitor_hash, landing_url, source, bot, created_at)',
    clicks,
    `1, i % ${affiliates} + 1, i % ${affiliates} + 1, printf('click-%010d', i), 'visitor-' || i % 100000,
     'https://shop.example/pricing', 'script', 0,
     date('${days[0]}', '+' || (i / ${affiliates} % ${DAYS}) || ' days') || 'T12:00:00.000Z'`,
  )
  for (let n = 0; n < clicks; n++) counts.clicks[cell(n)]! += 1
  tables.fill('referral', conversions, (n) => ({
    id: n + 1,
    project_id: 1,
    affiliate_id: (n % affiliates) + 1,
    email: `buyer${n}@example.com`,
    email_key: `buyer${n}@example.com`,
    status: 'converted',
    conversion_date: `${dayAt(n)}T12:00:00.000Z`,
    created_at: `${dayAt(n)}T12:00:00.000Z`,
    updated_at: `${dayAt(n)}T12:00:00.000Z`,
  }))
  tables.fill('conversion', conversions, (n) => {
    counts.purchases[cell(n)]! += 1
    return {
      id: n + 1,
      project_id: 1,
      type: 'purchase',
      affiliate_id: (n % affiliates) + 1,
      referral_id: n + 1,
      link_id: (n % affiliates) + 1,
      status: 'approved',
      amount: SALE,
      currency: 'USD',
      reference: `order-${String(n).padStart(10, '0')}`,
      source: 'api',
      decision: '{"winner":null,"candidates":[],"commission":{"reason":"no_rule"}}',
      occurred_at: `${dayAt(n)}T12:00:00.000Z`,
      created_at: `${dayAt(n)}T12:00:00.000Z`,
    }
  })
  tables.fill('commission', conversions, (n) => ({
    id: n + 1,
    project_id: 1,
    conversion_id: n + 1,
    affiliate_id: (n % affiliates) + 1,
    tier: 1,
    amount: EARNED,
    currency: 'USD',
    rule_id: 1,
    rule_version: 1,
    release_at: `${dayAt(n)}T12:00:00.000Z`,
    created_at: `${dayAt(n)}T12:00:00.000Z`,
    rate_basis_points: 2000,
  }))
  tables.fill('ledger_entry', conversions, (n) => {
    const chain = ledger[n % affiliates]!
    const at = `${dayAt(n)}T12:00:00.000Z`
    const entry = {
      project_id: 1,
      affiliate_id: (n % affiliates) + 1,
      seq: (chain.seq += 1),
      kind: 'commission' as const,
      debit: 'expense' as const,
      credit: 'payable' as const,
      amount: EARNED,
      currency: 'USD',
      release_at: at,
      commission_id: n + 1,
      cause: 'recorded' as const,
      conversion_id: null,
      refund_id: null,
      payout_id: null,
      note: null,
      created_at: at,
      prev_hash: chain.hash,
    }
    chain.hash = entryHash(entry)
    return { ...entry, hash: chain.hash }
  })
  tables.fill('balance', affiliates, (n) => ({
    affiliate_id: n + 1,
    currency: 'USD',
    earned: ledger[n]!.seq * EARNED,
    paid: 0,
    held: '{}',
  }))
  const inAll = (cells: Uint32Array, n: number) => cells.subarray(n * DAYS, (n + 1) * DAYS).reduce((a, b) => a + b, 0)
  tables.fill('rollup', affiliates * (DAYS + 1), (n) => {
    const [affiliate, day] = [Math.floor(n / (DAYS + 1)), n % (DAYS + 1)]
    const of = (cells: Uint32Array) => (day === DAYS ? inAll(cells, affiliate) : cells[affiliate * DAYS + day]!)
    return {
      affiliate_id: affiliate + 1,
      period: days[day] ?? 'all',
      project_id: 1,
      clicks: of(counts.clicks),
      purchases: of(counts.purchases),
    }
  })
  tables.fill('daily_earning', affiliates * DAYS, (n) => ({
    affiliate_id: Math.floor(n / DAYS) + 1,
    day: days[n % DAYS] as string,
    currency: 'USD',
    amount: counts.purchases[n]! * EARNED,
  }))
  tables.update('update project set affiliate_count = ?', 1, () => [affiliates])
  tables.update('update affiliate set ledger_seq = ?, ledger_hash = ? where id = ?', affiliates, (n) => [
    ledger[n]!.seq,
    ledger[n]!.hash,
    n + 1,
  ])
}

type Row = Record<string, SQLInputValue>

class Tables {
  #sqlite: DatabaseSync
  #tell: (text: string) => void

  constructor(sqlite: DatabaseSync, tell: (text: string) => void) {
    this.#sqlite = sqlite
    this.#tell = tell
  }

  /** One row for each number below `rows`, asked for in their order. */
  fill(table: string, rows: number, rowAt: (n: number) => Row): void {
    let insert: StatementSync | undefined
    this.#sqlite.exec('begin')
    for (let n = 0; n < rows; n++) {
      const row = rowAt(n)
      insert ??= this.#sqlite.prepare(
        `insert into ${table} (${Object.keys(row).join()}) values (${Object.keys(row).fill('?').join()})`,
      )
      insert.run(...Object.values(row))
      if (n > 0 && n % PROGRESS === 0) this.#tell(`${table} ${n} of ${rows}`)
    }
    this.#sqlite.exec('commit')
    this.#tell(`${table} ${rows}`)
  }

  /** Rows made by an expression of their number `i`. */
  generate(target: string, rows: number, values: string): void {
    for (let from = 0; from < rows; from += PROGRESS) {
      const to = Math.min(from + PROGRESS, rows)
      this.#sqlite.exec(
        `insert into ${target} with recursive n (i) as (select ${from} union all select i + 1 from n where i + 1 < ${to})
         select ${values} from n`,
      )
      this.#tell(`${target.split(' ')[0]} ${to} of ${rows}`)
    }
  }

  update(statement: string, rows: number, valuesAt: (n: number) => SQLInputValue[]): void {
    const prepared = this.#sqlite.prepare(statement)
    this.#sqlite.exec('begin')
    for (let n = 0; n < rows; n++) prepared.run(...valuesAt(n))
    this.#sqlite.exec('commit')
  }
}
