/** An affiliate's statement: all movements of his money as a CSV file that spreadsheets open. */
import type { Affiliate, Instant, LedgerEntry, Project, Tx } from '../../db/schema.ts'
import { UNDECIDED } from './net.ts'
import { formatMinor } from '../kit/money.ts'
import { dayOf } from '../kit/time.ts'

export interface Statement {
  filename: string
  csv: string
}

/** Oldest first. What only the owner should read of a note is not in it. */
export async function statementOf(
  tx: Tx,
  project: Project,
  { id }: Pick<Affiliate, 'id'>,
  now: Instant,
): Promise<Statement> {
  const entries = await tx
    .selectFrom('ledger_entry')
    .select(['created_at', 'kind', 'credit', 'amount', 'currency', 'release_at', 'note'])
    .where('affiliate_id', '=', id)
    .orderBy('seq')
    .execute()
  const rows = entries.map((entry) => [
    entry.created_at,
    entry.kind,
    formatMinor(entry.credit === 'payable' ? entry.amount : -entry.amount, entry.currency),
    entry.currency,
    entry.release_at === UNDECIDED ? '' : entry.release_at,
    redacted(entry),
  ])
  return { filename: `${fileNameOf(project.name)}-${dayOf(now)}.csv`, csv: csvOf([HEADINGS, ...rows]) }
}

const HEADINGS = ['date', 'kind', 'amount', 'currency', 'available_at', 'note']

/** Payouts and our own words pass; an owner's words about a customer, such as why a refund was made, stay with the owner. */
const redacted = ({ note }: Pick<LedgerEntry, 'note'>): string => (note !== null && OURS.test(note) ? note : '')
const OURS =
  /^(second tier|payout \d+|changed|refund|dispute|held: dispute|dispute decided|denied|unqualified|deleted)$/

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
