/** What an installation knows of itself, beside its projects. */
import type { Instant, InstallationTable, Tx } from '../../db/schema.ts'

type Key = InstallationTable['key']

export async function keepForInstallation(tx: Tx, key: Key, value: string, now: Instant): Promise<void> {
  await tx
    .insertInto('installation')
    .values({ key, value, updated_at: now })
    .onConflict((clash) =>
      clash.column('key').doUpdateSet({ value, updated_at: now }).where('installation.value', '<>', value),
    )
    .execute()
}

export async function knownToInstallation(tx: Pick<Tx, 'selectFrom'>, key: Key): Promise<string | undefined> {
  const row = await tx.selectFrom('installation').select('value').where('key', '=', key).executeTakeFirst()
  return row?.value
}
