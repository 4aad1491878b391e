import { expect } from 'vitest'
import { recordEvent } from '../core/news/feed.ts'
import { withProgramme } from '../test/programme.ts'

withProgramme(
  'the feed is read to its end by its cursor, in order, without gaps, each project its own',
  async ({ db, projectId, clock, get, addProject }) => {
    const other = await addProject('Other')
    const record = (project: number, n: number) =>
      db
        .transaction()
        .execute((tx) =>
          recordEvent(
            tx,
            project,
            { type: 'affiliate_joined', subject: `affiliate ${n}`, payload: { n } },
            clock.now(),
          ),
        )
    for (let n = 1; n <= 5; n++) {
      await record(projectId, n)
      await record(other.projectId, 100 + n)
    }

    expect((await get('/api/v1/events?limit=2')).body).toEqual({
      success: true,
      data: [1, 2].map((id) => ({
        id,
        type: 'affiliate_joined',
        subject: `affiliate ${id}`,
        created_at: '2026-11-20T12:00:00.000Z',
        payload: {
          id: `evt_${projectId}_${id}`,
          event: 'affiliate_joined',
          timestamp: Date.parse('2026-11-20T12:00:00Z') / 1000,
          project_id: String(projectId),
          n: id,
        },
      })),
      pagination: { limit: 2, after: 0, next_after: 2, has_more: true },
    })
    expect((await get('/api/v1/events?limit=3&after=2')).body).toMatchObject({
      data: [{ id: 3 }, { id: 4 }, { id: 5 }],
      pagination: { next_after: 5, has_more: false },
    })
    expect((await get('/api/v1/events?after=5')).body).toMatchObject({
      data: [],
      pagination: { limit: 50, after: 5, next_after: 5, has_more: false },
    })
    expect((await get('/api/v1/events?limit=100000')).body.pagination.limit).toBe(500)
    for (const [query, error] of [
      ['after=-1', 'after: expected at least 0'],
      ['after=x', 'after: expected a number'],
    ])
      expect(await get(`/api/v1/events?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', error },
      })
  },
)
