/** Goes through what a payment provider has on record since a day, says what differs here, and, when asked, books what is missing. */
import type { Context } from '../context.ts'
import { getInboxEvent } from '../core/payment/inbox-list.ts'
import type { Refund } from '../core/payment/event.ts'
import { getProject } from '../core/project/project.ts'
import { getConnection } from '../core/project/provider-connection.ts'
import { bookedSales, compareRefund, compareSale, type Difference, storeFetched } from '../core/payment/reconcile.ts'
import { fromEpochSeconds } from '../core/kit/time.ts'
import type { Instant } from '../db/schema.ts'
import type { Books, Fact } from './books.ts'
import { keyOf } from './check.ts'
import { processStoredEvent } from './intake.ts'
import { type ProviderName, providerNamed } from './registry.ts'
import { retried } from '../db/retried.ts'

export interface Reconciliation {
  since: Instant
  read: { sales: number; refunds: number }
  differences: Found[]
}

type Found = Difference & {
  /** `repaired`, `left`, or why it could not be booked. */
  result: string
}

type Ours = Pick<Context, 'db' | 'clock' | 'sealer'>

/**
 * @param options.since midnight UTC of the day
 * @param options.progress called with what was read so far
 * @throws Error with one sentence: not connected, no key, a test key for a live project, or the provider does not answer
 */
export async function reconcile(
  context: Ours,
  projectId: number,
  provider: ProviderName,
  { since, repair, progress }: { since: Instant; repair: boolean; progress: (text: string) => void },
): Promise<Reconciliation> {
  const account = { projectId, provider, books: await booksOf(context, projectId, provider) }
  const from = Date.parse(since) / 1000
  const report: Reconciliation = { since, read: { sales: 0, refunds: 0 }, differences: [] }
  try {
    const { missing, seen } = await compareSales(context, account, from, report, progress)
    const back = await compareRefunds(context, account, from, report, missing, progress)
    await findUnpaid(context, account, seen, report, progress)
    if (repair) await book(context, account, [...missing, ...back], progress)
  } catch (error) {
    throw new Error(providerNamed(provider).problemOf(error), { cause: error })
  }
  return report
}

interface Account {
  projectId: number
  provider: ProviderName
  books: Books
}

async function booksOf({ db, sealer }: Ours, projectId: number, name: ProviderName): Promise<Books> {
  const connection = await retried(db, (tx) => getConnection(tx, projectId, name))
  const key = keyOf({ sealer }, connection)
  const provider = providerNamed(name)
  if (!key)
    throw new Error(
      `No ${provider.title} key is stored; run "refgrow provider connect --provider ${name} --secret-key ..."`,
    )
  return provider.books(key, Boolean(connection.live))
}

/** Something to book, and which difference that settles. */
interface Missing {
  fact: Fact
  difference: Found
  /** What has to be known before it: which invoice a payment paid. */
  join?: Fact | undefined
}

async function compareSales(
  { db }: Ours,
  { projectId, books }: Account,
  from: number,
  report: Reconciliation,
  progress: (text: string) => void,
): Promise<{ missing: Missing[]; seen: Set<string> }> {
  const missing: Missing[] = []
  const seen = new Set<string>()
  for await (const fact of books.sales(from)) {
    report.read.sales += 1
    if (report.read.sales % 100 === 0) progress(`${report.read.sales} payments read`)
    const { told } = fact
    if (told.kind !== 'payment') continue
    seen.add(told.external_id)
    const difference = await retried(db, async (tx) => compareSale(tx, await getProject(tx, projectId), told))
    if (!difference) continue
    const found = { ...difference, result: 'left' }
    report.differences.push(found)
    if (difference.kind === 'sale_without_decision') missing.push({ fact, difference: found })
  }
  return { missing: missing.sort((a, b) => a.fact.at - b.fact.at), seen }
}

async function compareRefunds(
  { db }: Ours,
  { projectId, books }: Account,
  from: number,
  report: Reconciliation,
  salesToCome: Missing[],
  progress: (text: string) => void,
): Promise<Missing[]> {
  const given: { fact: Fact; refund: Refund }[] = []
  for await (const fact of books.refunds(from)) {
    report.read.refunds += 1
    if (report.read.refunds % 100 === 0) progress(`${report.read.refunds} refunds read`)
    if (fact.told.kind === 'refund' && fact.told.state !== 'pending') given.push({ fact, refund: fact.told })
  }
  const paymentOf = ({ ids }: Refund) => ids.payment ?? ids.charge ?? ''
  const sums = new Map<string, number>()
  for (const { refund } of given)
    if (refund.state === 'done') sums.set(paymentOf(refund), (sums.get(paymentOf(refund)) ?? 0) + refund.amount)
  const toCome = new Set(salesToCome.flatMap(({ fact }) => idsOf(fact)))

  const missing: Missing[] = []
  for (const { fact, refund } of given.sort((a, b) => a.fact.at - b.fact.at)) {
    const compare = (told: Refund) =>
      retried(db, (tx) => {
        const isToCome = Object.values(told.ids).some((id) => id && toCome.has(id))
        return compareRefund(tx, projectId, told, sums.get(paymentOf(told)) ?? 0, isToCome)
      })
    let difference = await compare(refund)
    let join: Fact | undefined
    if (difference?.kind === 'refund_of_unknown_sale' && refund.ids.payment) {
      join = await books.joinOf?.(refund.ids.payment)
      const invoice = join?.told.kind === 'identity' ? join.told.ids.invoice : undefined
      if (invoice) difference = await compare({ ...refund, ids: { ...refund.ids, invoice } })
    }
    if (!difference) continue
    const found = { ...difference, result: 'left' }
    report.differences.push(found)
    if (difference.kind === 'refund_not_mirrored') missing.push({ fact, difference: found, join })
  }
  return missing
}

const idsOf = ({ told }: Fact): string[] =>
  'ids' in told ? [told.ids.invoice, told.ids.payment, told.ids.charge].filter((id) => typeof id === 'string') : []

/** What was not seen is looked up by its id, so that an old invoice paid late is not taken for none. */
async function findUnpaid(
  { db }: Ours,
  { projectId, provider, books }: Account,
  seen: Set<string>,
  report: Reconciliation,
  progress: (text: string) => void,
): Promise<void> {
  const booked = await retried(db, (tx) => bookedSales(tx, projectId, provider, report.since))
  for (const [index, { earned, ...sale }] of booked.entries()) {
    if (index > 0 && index % 100 === 0) progress(`${index} of ${booked.length} commissions compared`)
    if (seen.has(sale.external_id) || (await books.wasPaid(sale.external_id))) continue
    const difference = { ...sale, provider_says: null, recorded: earned }
    report.differences.push({ kind: 'commission_without_payment', ...difference, result: 'left' })
  }
}

/** Through the same inbox and pipeline as if the webhook had come: sales first, then what went back of them. */
async function book(
  context: Ours,
  { projectId, provider }: Account,
  missing: Missing[],
  progress: (text: string) => void,
): Promise<void> {
  const { db, clock } = context
  /** @returns why it was not booked */
  const feed = async ({ event_id, type, payload }: Fact): Promise<string | undefined> => {
    const event = { project_id: projectId, provider, event_id, type, payload, received_at: clock.now() }
    const id = await retried(db, (tx) => storeFetched(tx, event))
    await processStoredEvent(context, id)
    const { status, error } = await retried(db, (tx) => getInboxEvent(tx, projectId, id))
    return status === 'processed' ? undefined : (error ?? status)
  }
  for (const [index, { fact, difference, join }] of missing.entries()) {
    if (index > 0 && index % 100 === 0) progress(`${index} of ${missing.length} booked`)
    difference.result = (join && (await feed(join))) ?? (await feed(fact)) ?? 'repaired'
  }
}

/** @throws Error unless it is a day such as 2026-11-20 */
export function startOfDay(day: string): Instant {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day)))
    throw new Error(`Expected a day such as 2026-11-20, got "${day}"`)
  return fromEpochSeconds(Date.parse(day) / 1000)
}
