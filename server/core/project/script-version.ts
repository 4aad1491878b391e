/** Every version of the browser scripts that was ever served: a page that pins one keeps it after an upgrade. */
import type { Instant, Tx } from '../../db/schema.ts'

export interface ScriptVersion {
  /** `latest.js` or `page.js`. */
  name: string
  hash: string
  body: string
}

export async function keepScriptVersion(tx: Tx, version: ScriptVersion, now: Instant): Promise<void> {
  await tx
    .insertInto('script_version')
    .values({ ...version, created_at: now })
    .onConflict((clash) => clash.columns(['name', 'hash']).doNothing())
    .execute()
}

export const findScriptVersion = (tx: Tx, name: string, hash: string): Promise<ScriptVersion | undefined> =>
  tx
    .selectFrom('script_version')
    .select(['name', 'hash', 'body'])
    .where('name', '=', name)
    .where('hash', '=', hash)
    .executeTakeFirst()
