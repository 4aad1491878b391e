/** An affiliate's statement: all movements of his money as a CSV file that spreadsheets open. */
import type { Affiliate, Instant, LedgerCause, Project, Tx } from '../../db/schema.ts'
import { UNDECIDED } from './net.ts'
import { formatMinor } from '../kit/money.ts'
import { dayOf } from '../kit/time.ts'

export interface Statement {
  filename: string
  csv: string
}

/** Oldest first. An owner's words about a customer, such as why a refund was made, are not in it. */
export async function statementOf(
  tx: Tx,
  project: Project,
  { id }: Pick<Affiliate, 'id'>,
  now: Instant,
): Promise<Statement> {
  const entries = await tx
    .selectFrom('ledger_entry')
    .leftJoin('commission', 'commission.id', 'ledger_entry.commission_id')
    .select(['ledger_entry.created_at', 'kind', 'credit', 'ledger_entry.amount', 'ledger_entry.currency'])
    .select(['ledger_entry.release_at', 'cause', 'ledger_entry.payout_id', 'tier'])
    .where('ledger_entry.affiliate_id', '=', id)
    .orderBy('seq')
    .execute()
  const rows = entries.map((entry) => [
    entry.created_at,
    entry.kind,
    formatMinor(entry.credit === 'payable' ? entry.amount : -entry.amount, entry.currency),
    entry.currency,
    entry.release_at === UNDECIDED ? '' : entry.release_at,
    reasonOf(entry),
  ])
  return { filename: `${fileNameOf(project.name)}-${dayOf(now)}.csv`, csv: csvOf([HEADINGS, ...rows]) }
}

const HEADINGS = ['date', 'kind', 'amount', 'currency', 'available_at', 'note']

function reasonOf({
  cause,
  payout_id,
  tier,
}: {
  cause: LedgerCause | null
  payout_id: number | null
  tier: number | null
}): string {
  if (payout_id !== null) return `payout ${payout_id}`
  if (cause === null || (tier === 2 && NEW.has(cause))) return tier === 2 ? 'second tier' : ''
  return REASONS[cause]
}

/** Those that make a commission say nothing, or which tier it is of. */
const NEW = new Set<LedgerCause>(['recorded', 'confirmed', 'attributed', 'approved'])

const REASONS: Record<LedgerCause, string> = {
  recorded: '',
  confirmed: '',
  attributed: '',
  approved: '',
  renumbered: 'changed',
  corrected: 'changed',
  denied: 'denied',
  unqualified: 'unqualified',
  refunded: 'refund',
  refund_undone: 'refund undone',
  dispute_opened: 'held: dispute',
  dispute_closed: 'dispute decided',
  deleted: 'deleted',
  affiliate_deleted: 'affiliate deleted',
  payout: 'payout',
  payout_reversed: 'payout reversed',
}

const fileNameOf = (name: string): string =>
  `statement-${name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)}`.replace(/-$/, '')

/** RFC 4180: lines end in CRLF, a field with a comma, quote or line break is quoted. */
export const csvOf = (rows: string[][]): string => rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')

function field(text: string): string {
  const safe = withoutFormula(text)
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A spreadsheet runs what begins like a formula; a number is one. */
const withoutFormula = (text: string): string =>
  /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
