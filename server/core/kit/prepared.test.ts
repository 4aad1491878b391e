import { describe, expect } from 'vitest'
import { onBothDatabases } from '../../test/databases.ts'
import { prepared } from './prepared.ts'

interface Change {
  id: number
  change: { name?: string | undefined; website?: string | null | undefined }
}

const addProject = prepared((tx, { rows }: { rows: { name: string; website?: string | undefined }[] }) =>
  tx
    .insertInto('project')
    .values(
      rows.map((row) => ({
        ...row,
        currency: 'USD',
        settings: '{}',
        hmac_secret_sealed: '',
        created_at: '2026-01-01T00:00:00.000Z',
      })),
    )
    .returning(['id', 'name', 'website']),
)

const change = prepared((tx, { id, change: fields }: Change) =>
  tx.updateTable('project').set(fields).where('id', '=', id).returning(['name', 'website']),
)

describe('a prepared statement', () => {
  onBothDatabases('is another one where a nested field is absent, so that no later call loses it', async ({ db }) => {
    await db.transaction().execute(async (tx) => {
      const [{ id } = { id: 0 }] = await addProject(tx, { rows: [{ name: 'Acme', website: 'https://acme.example' }] })
      expect(await change(tx, { id, change: { name: 'Apex', website: undefined } })).toEqual([
        { name: 'Apex', website: 'https://acme.example' },
      ])
      expect(await change(tx, { id, change: { name: 'Peak', website: 'https://peak.example' } })).toEqual([
        { name: 'Peak', website: 'https://peak.example' },
      ])
    })
  })

  onBothDatabases('refuses rows with other fields than the first', async ({ db }) => {
    await expect(
      db
        .transaction()
        .execute((tx) =>
          addProject(tx, { rows: [{ name: 'Acme' }, { name: 'Apex', website: 'https://apex.example' }] }),
        ),
    ).rejects.toThrow('The items of a list must have the same fields')
  })
})
