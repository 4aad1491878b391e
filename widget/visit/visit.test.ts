// @vitest-environment happy-dom
import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DASHBOARDS } from '../../e2e/widget/fixtures.ts'
import type { Attributes } from '../host/attributes.ts'
import { chosen } from '../host/chosen.ts'
import { on } from '../host/events.ts'
import { surroundings } from '../host/surroundings.ts'
import { keepSession } from './session.ts'
import { openVisit, type Visit } from './visit.ts'

const proven = {
  api: 'https://api.example',
  project: '7',
  email: 'ann@example.com',
  hash: 'abc',
  hashAt: '',
  lang: 'en',
}
const open = DASHBOARDS.lively!
const stranger = { ...open, proven: false, affiliate: null }
const session = { token: 'secret', email: 'ann@example.com' }
const unknown = { email: '', hash: '' }

let visit: Visit | undefined
let answers: (() => Promise<Response>)[] = []

beforeEach(() => {
  answers = []
  // Live updates have their own tests.
  surroundings.visible.value = false
  vi.stubGlobal(
    'fetch',
    vi.fn<typeof fetch>(() => answers.shift()!()),
  )
})

afterEach(() => {
  visit?.close()
  chosen.identity.value = null
  keepSession('7', null)
  vi.unstubAllGlobals()
})

const answer = (data: object) => answers.push(async () => Response.json({ success: true, data }))
const refuse = (status: number, code: string) =>
  answers.push(async () => Response.json({ success: false, error: code, code }, { status }))
const start = (changes: Partial<Attributes> = {}) => {
  const attributes = signal({ ...proven, ...changes })
  visit = openVisit(attributes)
  return { visit, attributes }
}
const bodies = () => vi.mocked(fetch).mock.calls.map(([url, init]) => [url, JSON.parse(init!.body as string)] as const)
const settled = (kind: string) => vi.waitFor(() => expect(visit!.shown.value.kind).toBe(kind))

test('asks for the dashboard once, and again only when the question changes', async () => {
  answer(open)
  answer(stranger)
  const { attributes } = start()
  await settled('dashboard')
  attributes.value = { ...attributes.value, lang: 'en-GB' }
  attributes.value = { ...attributes.value, email: '', hash: '' }
  await vi.waitFor(() => expect(visit!.shown.value).toMatchObject({ kind: 'door' }))
  const ann = { project_id: '7', email: 'ann@example.com', hash: 'abc' }
  expect(bodies()).toEqual([
    ['https://api.example/api/widget/dashboard', { ...ann, locale: 'en' }],
    ['https://api.example/api/widget/dashboard', { project_id: '7', locale: 'en-GB' }],
  ])
})

test('without a project nothing is asked', () => {
  start({ project: '' })
  expect(fetch).not.toHaveBeenCalled()
})

test('the answer to an older question is dropped', async () => {
  let late: (response: Response) => void = () => {}
  answers.push(() => new Promise((resolve) => (late = resolve)))
  answer(stranger)
  const { attributes } = start()
  attributes.value = { ...attributes.value, email: 'eve@example.com', hash: '' }
  await settled('door')
  late(Response.json({ success: true, data: open }))
  await new Promise((done) => setTimeout(done))
  expect(visit!.shown.value).toMatchObject({ kind: 'door' })
})

test.each([
  [403, 'wrong_hash', 'wrong_hash'],
  [500, 'internal', 'internal'],
])('a refusal %i is told and can be tried again', async (status, code, told) => {
  const heard = vi.fn()
  const stop = on('error', heard)
  refuse(status, code)
  answer(open)
  start()
  await settled('problem')
  expect(visit!.shown.value).toEqual({ kind: 'problem', code: told })
  expect(heard).toHaveBeenCalledWith({ code: told, message: told })
  stop()
  await visit!.load()
  expect(visit!.shown.value.kind).toBe('dashboard')
})

test('a page of a proxy instead of an answer is our own fault, no connection is not', async () => {
  answers.push(async () => new Response('<h1>Bad gateway</h1>', { status: 502 }))
  answers.push(() => Promise.reject(new TypeError('Failed to fetch')))
  start()
  await settled('problem')
  expect(visit!.shown.value).toMatchObject({ code: 'internal' })
  await visit!.load()
  expect(visit!.shown.value).toMatchObject({ code: 'unreachable' })
})

test('joining with proof opens the dashboard at once', async () => {
  const signups = vi.fn()
  const stop = on('affiliate:signup', signups)
  answer({ ...stranger, proven: true })
  answer({ referral_code: 'ann', status: 'active', affiliate: open.affiliate })
  start({ hashAt: '1795000000' })
  await settled('door')
  expect(await visit!.join('ann@example.com', undefined)).toEqual({ ok: true, minutes: 0 })
  expect(visit!.shown.value).toMatchObject({ affiliate: { referral_code: 'ann-baker' } })
  expect(bodies().at(-1)![1]).toMatchObject({ email: 'ann@example.com', hash: 'abc', hash_at: '1795000000' })
  expect(signups.mock.calls).toEqual([[{ email: 'ann@example.com' }]])
  stop()
})

test('joining without proof has a code mailed, and the form goes along with the code', async () => {
  const heard = vi.fn()
  const stops = [on('affiliate:signup', heard), on('affiliate:login', heard)]
  const eve = { ...open, affiliate: { ...open.affiliate!, email: 'eve@example.com' } }
  answer(stranger)
  answer({ challenge: 'c1', minutes: 10 })
  answer({ challenge: 'c2', minutes: 10 })
  answer({ token: 'secret', joined: true, dashboard: eve })
  start({ email: 'ann@example.com', hash: '' })
  await settled('door')
  const fields = { name: 'Eve' }
  expect(await visit!.join('eve@example.com', fields)).toEqual({ ok: true, minutes: 10 })
  expect(visit!.shown.value).toMatchObject({ kind: 'door' })
  expect(heard).not.toHaveBeenCalled()
  await visit!.join('eve@example.com', fields)
  expect(await visit!.login('eve@example.com', '314159')).toEqual({ ok: true })
  expect(bodies().at(-1)![1]).toEqual({
    project_id: '7',
    email: 'eve@example.com',
    code: '314159',
    challenge: 'c2',
    join: { fields, language: 'en' },
  })
  expect(visit!.shown.value).toMatchObject({ affiliate: { email: 'eve@example.com' } })
  expect(heard.mock.calls).toEqual([[{ email: 'eve@example.com' }], [{ email: 'eve@example.com' }]])
  for (const stop of stops) stop()
})

test('a signature goes with the address it was made for and no other; fields and language go along', async () => {
  answer({ ...stranger, proven: true })
  answer({ challenge: 'c1', minutes: 10 })
  start({ hashAt: '1795000000' })
  await settled('door')
  await visit!.join('eve@example.com', { company: 'Eve & Co' })
  expect(bodies().at(-1)![1]).toEqual({
    project_id: '7',
    email: 'eve@example.com',
    fields: { company: 'Eve & Co' },
    language: 'en',
  })
})

test('what was wrong with the form is told by its field, and nothing else changes', async () => {
  answer(stranger)
  answers.push(async () =>
    Response.json({ success: false, error: 'No', code: 'invalid_request', field: 'fields.website' }, { status: 400 }),
  )
  start(unknown)
  await settled('door')
  const outcome = await visit!.join('eve@example.com', { website: 'nowhere' })
  expect(outcome).toMatchObject({ ok: false, code: 'invalid_request', field: 'website' })
  expect(visit!.shown.value).toMatchObject({ kind: 'door' })
})

test('logging in opens the dashboard at once and is remembered; logging out forgets and tells', async () => {
  const heard = vi.fn()
  const stops = [on('affiliate:login', heard), on('affiliate:logout', heard)]
  answer(stranger)
  answer({ challenge: 'c1', minutes: 10 })
  answer({ token: 'secret', joined: false, dashboard: open })
  start(unknown)
  await settled('door')
  expect(await visit!.sendCode('ann@example.com')).toEqual({ ok: true, minutes: 10 })
  expect(await visit!.login('ann@example.com', '314159')).toEqual({ ok: true })
  expect(visit!.shown.value).toMatchObject({ affiliate: { email: 'ann@example.com' } })
  expect(visit!.loggedIn.value).toBe(true)
  expect(bodies().slice(1)).toEqual([
    ['https://api.example/api/widget/code', { project_id: '7', email: 'ann@example.com', language: 'en' }],
    [
      'https://api.example/api/widget/login',
      { project_id: '7', email: 'ann@example.com', code: '314159', challenge: 'c1' },
    ],
  ])
  visit!.close()

  answer(open)
  start(unknown)
  await settled('dashboard')
  expect(bodies().at(-1)![1]).toEqual({ project_id: '7', email: 'ann@example.com', token: 'secret', locale: 'en' })

  answer(null as unknown as object)
  answer(stranger)
  visit!.logout()
  await vi.waitFor(() => expect(visit!.shown.value).toMatchObject({ kind: 'door' }))
  expect(bodies().at(-2)).toEqual([
    'https://api.example/api/widget/logout',
    { project_id: '7', email: 'ann@example.com', token: 'secret' },
  ])
  expect(bodies().at(-1)![1]).toEqual({ project_id: '7', locale: 'en' })
  expect(heard.mock.calls).toEqual([
    [{ email: 'ann@example.com' }],
    [{ email: 'ann@example.com' }],
    [{ email: 'ann@example.com' }],
  ])
  for (const stop of stops) stop()
})

test("another address of the host page's ends the log-in; the same in other letters keeps it", async () => {
  keepSession('7', session)
  answer(open)
  answer(stranger)
  const { attributes } = start({ email: 'Ann@Example.com', hash: '' })
  await settled('dashboard')
  expect(bodies()[0]![1]).toMatchObject({ token: 'secret' })
  attributes.value = { ...attributes.value, email: 'bob@example.com' }
  await vi.waitFor(() => expect(visit!.shown.value).toMatchObject({ kind: 'door' }))
  expect(bodies()[1]![1]).toEqual({ project_id: '7', email: 'bob@example.com', locale: 'en' })
  expect(visit!.loggedIn.value).toBe(false)
})

test('a log-in with another address than the one the host page gives is what its owner wanted', async () => {
  answer(stranger)
  answer({ token: 'secret', dashboard: { ...open, affiliate: { ...open.affiliate, email: 'eve@example.com' } } })
  start({ email: 'ann@example.com', hash: '' })
  await settled('door')
  await visit!.login('eve@example.com', '314159')
  expect(visit!.loggedIn.value).toBe(true)
  expect(bodies()).toHaveLength(2)
})

test('a log-in that is over when the page opens leads to the door, with its address', async () => {
  keepSession('7', session)
  refuse(401, 'session_expired')
  answer(stranger)
  start(unknown)
  await settled('door')
  expect(visit!.lapsed.value).toBe(true)
  expect(visit!.email.value).toBe('ann@example.com')
  expect(bodies()[1]![1]).toEqual({ project_id: '7', locale: 'en' })
})

test('a log-in that ends while its dashboard is open keeps what is shown, and goes on with a new code', async () => {
  keepSession('7', session)
  answer(open)
  refuse(401, 'session_expired')
  answer({ token: 'fresh', dashboard: open })
  answer({ ...open.affiliate, slug: 'ann' })
  start(unknown)
  await settled('dashboard')
  const { shown } = visit!
  const before = shown.value
  expect(await visit!.actions.setSlug('ann')).toEqual({ ok: false, code: 'session_expired' })
  expect(shown.value).toEqual({ ...before, ended: { email: 'ann@example.com', urgent: true } })

  await visit!.login('ann@example.com', '314159')
  expect(shown.value).toMatchObject({ ended: null })
  expect(await visit!.actions.setSlug('ann')).toEqual({ ok: true })
  expect(visit!.shown.value).toMatchObject({ affiliate: { slug: 'ann' } })
  expect(bodies().at(-1)![1]).toMatchObject({ token: 'fresh', slug: 'ann' })
  expect(bodies()).toHaveLength(4)
})

test('a payout that was asked for is shown and told to the page', async () => {
  const heard = vi.fn()
  const stop = on('payout:requested', heard)
  answer(open)
  answer({ ...open.affiliate, payout_request: { currency: 'USD', amount: 42_000, at: '2026-11-24T12:00:00.000Z' } })
  start()
  await settled('dashboard')
  expect(await visit!.actions.requestPayout('USD')).toEqual({ ok: true })
  expect(visit!.shown.value).toMatchObject({ affiliate: { payout_request: { amount: 42_000 } } })
  expect(heard).toHaveBeenCalledExactlyOnceWith({ email: 'ann@example.com', currency: 'USD', amount: 42_000 })
  stop()
})

test('an API that knows less leaves blocks empty, not missing', async () => {
  const { signup: _signup, levels: _levels, ...program } = open.program
  const { recent: _recent, invited: _invited, ...affiliate } = open.affiliate!
  answer({ program, proven: true, affiliate })
  start()
  await settled('dashboard')
  expect(visit!.shown.value).toMatchObject({
    program: { levels: [], signup: { mode: 'public', verification: true } },
    affiliate: { recent: [], invited: { count: 0, people: [] } },
  })
})

test('identify speaks for the whole page; login is told once per address', async () => {
  const logins = vi.fn()
  const stop = on('affiliate:login', logins)
  answer(stranger)
  answer(open)
  answer(open)
  start({ email: '', hash: '' })
  await settled('door')
  chosen.identity.value = { email: 'ann@example.com', hash: 'abc', hashAt: '' }
  await vi.waitFor(() => expect(visit!.shown.value).toMatchObject({ kind: 'dashboard' }))
  await visit!.load()
  expect(bodies()[1]![1]).toEqual({ project_id: '7', email: 'ann@example.com', hash: 'abc', locale: 'en' })
  expect(logins).toHaveBeenCalledExactlyOnceWith({ email: 'ann@example.com' })
  stop()
})
