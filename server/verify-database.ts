/** All that `refgrow verify` proves, at one moment of the database and without changing anything in it. */
import { existsSync } from 'node:fs'
import { type Anchor, readAnchor, replaceAnchor } from './anchor-file.ts'
import type { Config } from './config.ts'
import type { Clock } from './context.ts'
import { allMarks, lostSince, newestPosition } from './core/ledger/anchor.ts'
import { verifyLedger } from './core/ledger/verify.ts'
import { verifyCounters, verifyFeeds } from './core/ledger/verify-counts.ts'
import { damageOfFile, isDamage, lostParents } from './db/damage.ts'
import { engineOf } from './db/open.ts'
import type { Tx } from './db/schema.ts'
import { inSnapshot } from './db/snapshot.ts'
import { checkFile, checkSchema, openingProblem } from './start.ts'

export interface Findings {
  /** What is broken, a sentence each. */
  broken: string[]
  /** What the anchor remembers and the database does not have, a sentence each. */
  lost: string[]
  affiliates: number
  entries: number
  /** Where the anchor is kept; undefined: nowhere, or it is not there yet. */
  anchorFile: string | undefined
}

/**
 * @param accept the anchor takes the database as it is
 * @throws Error with one sentence: there is no such database, or its schema is older
 */
export async function verifyDatabase(
  config: Config,
  clock: Clock,
  { accept = false, onProgress }: { accept?: boolean; onProgress?: (done: number, of: number) => void },
): Promise<Findings> {
  checkFile(config)
  const { databaseUrl } = config
  const engine = engineOf(databaseUrl)
  const anchorFile = config.anchorFile !== undefined && existsSync(config.anchorFile) ? config.anchorFile : undefined
  // Before the snapshot: what is committed after it may be in the anchor already.
  const anchor = anchorFile === undefined ? undefined : await readAnchor(anchorFile)
  const findings: Findings = { broken: [], lost: [], affiliates: 0, entries: 0, anchorFile }
  let opened = false
  try {
    await inSnapshot(databaseUrl, async (tx) => {
      opened = true
      if (engine === 'sqlite')
        findings.broken.push(...(await damageOfFile(tx)).map((line) => `the file is damaged: ${line}`))
      if (findings.broken.length > 0) return
      await checkSchema(tx, config)
      if (engine === 'sqlite') findings.broken.push(...(await lostParents(tx)))
      await readRows(tx, anchor, findings, clock, onProgress)
      if (accept && config.anchorFile !== undefined)
        await replaceAnchor(config.anchorFile, allMarks(tx), await newestPosition(tx))
    })
  } catch (error) {
    if (isDamage(error)) findings.broken.push(`the database is damaged: ${error.message}`)
    else throw opened ? error : openingProblem(config, error)
  }
  return findings
}

async function readRows(
  tx: Tx,
  anchor: Anchor | undefined,
  findings: Findings,
  clock: Clock,
  onProgress: ((done: number, of: number) => void) | undefined,
): Promise<void> {
  const verdict = await verifyLedger(tx, clock.now(), onProgress)
  if (verdict.ok) Object.assign(findings, { affiliates: verdict.affiliates, entries: verdict.entries })
  else findings.broken.push(verdict.problem)
  findings.broken.push(...(await verifyFeeds(tx)), ...(await verifyCounters(tx)))
  if (anchor) findings.lost.push(...(await lostSince(tx, anchor.marks)))
}
