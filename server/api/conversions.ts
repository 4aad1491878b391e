/** Conversions: signups, purchases and custom events, with what they earned. Spec: "Conversions"; leniencies: COMPAT §3. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Context } from '../context.ts'
import { changeConversion, createConversion, reviewIfThere } from '../core/conversion/by-call.ts'
import { deleteConversion } from '../core/conversion/change.ts'
import { explainConversion } from '../core/conversion/explanation.ts'
import { getListedConversion, listConversions } from '../core/conversion/list.ts'
import { nothingEarnedBy } from '../core/conversion/type.ts'
import { getProject } from '../core/project/project.ts'
import { retried } from '../db/retried.ts'
import type { Instant, Project, Tx } from '../db/schema.ts'
import { keyFirst, once } from '../idempotency.ts'
import { zodRoutes } from '../zod-routes.ts'
import {
  calledConversion,
  Change,
  Conversion,
  CreatedConversion,
  NewConversion,
  Query,
  showConversion as show,
  showTrail,
  Trail,
  Verdicts,
} from './conversion-shape.ts'
import { id, listOf, ok, page } from './shapes.ts'

const about = (operationId: string, summary: string) => ({ operationId, summary, tags: ['Conversions'] })

export const conversionRoutes = (context: Context) => async (app: FastifyInstance) => {
  const { db, clock } = context
  const api = zodRoutes(app)
  const inProject = <T>(projectId: number, work: (tx: Tx, project: Project, now: Instant) => Promise<T>): Promise<T> =>
    retried(db, async (tx) => work(tx, await getProject(tx, projectId), clock.now()))

  api.get(
    '/conversions',
    {
      schema: {
        ...about('listConversions', 'List conversions'),
        querystring: Query,
        response: { 200: listOf(Conversion) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) => listConversions(tx, request.caller.projectId, request.query))
      return page(found, show, request.query)
    },
  )

  api.post(
    '/conversions',
    {
      schema: {
        ...about('createConversion', 'Create a conversion'),
        body: NewConversion,
        response: { 201: ok(CreatedConversion) },
      },
    },
    async (request, reply) =>
      once(context, request, reply.code(201), async (tx) => {
        const project = await getProject(tx, request.caller.projectId)
        const made = show(await createConversion(tx, project, calledConversion(request.body), clock.now()))
        return { success: true as const, data: { ...made, ...(made.value === null && nothingEarnedBy(made.type)) } }
      }),
  )

  api.post(
    '/conversions/status',
    {
      schema: {
        ...about('judgeConversions', 'Approve, deny or disqualify many conversions'),
        description: 'Each conversion is changed on its own; the answer names those that are not there.',
        body: Verdicts,
        response: { 200: ok(z.object({ changed: z.array(z.number()), not_found: z.array(z.number()) })) },
      },
      // In one transaction, 500 changes would hold everybody up; the same verdict again changes nothing.
      preHandler: keyFirst(context),
    },
    async (request) => {
      const { ids, status, reason } = request.body
      const data: { changed: number[]; not_found: number[] } = { changed: [], not_found: [] }
      for (const conversionId of new Set(ids)) {
        const found = await inProject(request.caller.projectId, (tx, project, now) =>
          reviewIfThere(tx, project, conversionId, status, reason ?? null, now),
        )
        data[found ? 'changed' : 'not_found'].push(conversionId)
      }
      return { success: true as const, data }
    },
  )

  const one = { params: z.object({ id }) }
  api.get(
    '/conversions/:id',
    { schema: { ...about('getConversion', 'Get a conversion'), ...one, response: { 200: ok(Conversion) } } },
    async (request) => {
      const row = await retried(db, (tx) => getListedConversion(tx, request.caller.projectId, request.params.id))
      return { success: true as const, data: show(row) }
    },
  )

  api.get(
    '/conversions/:id/attribution',
    {
      schema: {
        ...about('explainConversion', 'Explain attribution'),
        description:
          'Every candidate that was looked at, who won, why each other one lost, and what it earned or why nothing.',
        ...one,
        response: { 200: ok(Trail) },
      },
    },
    async (request) => {
      const found = await retried(db, (tx) => explainConversion(tx, request.caller.projectId, request.params.id))
      return { success: true as const, data: showTrail(found) }
    },
  )

  api.put(
    '/conversions/:id',
    {
      schema: {
        ...about('updateConversion', 'Change a conversion'),
        ...one,
        body: Change,
        response: { 200: ok(Conversion) },
      },
    },
    async (request) => {
      const row = await inProject(request.caller.projectId, (tx, project, now) =>
        changeConversion(tx, project, request.params.id, request.body, now),
      )
      return { success: true as const, data: show(row) }
    },
  )

  api.delete(
    '/conversions/:id',
    { schema: { ...about('deleteConversion', 'Delete a conversion'), ...one, response: { 204: z.null() } } },
    async (request, reply) => {
      await inProject(request.caller.projectId, (tx, project, now) =>
        deleteConversion(tx, project, request.params.id, now),
      )
      return reply.code(204).send(null)
    },
  )
}
