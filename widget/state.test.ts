// @vitest-environment happy-dom
import { signal } from '@preact/signals'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DASHBOARDS } from '../e2e/widget/fixtures.ts'
import { on } from './events.ts'
import { chosen, openWidget, type Attributes, type Widget } from './state.ts'

const proven = { api: 'https://api.example', project: '7', email: 'ann@example.com', hash: 'abc', lang: 'en' }
const open = DASHBOARDS.lively!
const stranger = { ...open, proven: false, affiliate: null }

let widget: Widget | undefined
let answers: (() => Promise<Response>)[] = []

beforeEach(() => {
  answers = []
  vi.stubGlobal(
    'fetch',
    vi.fn<typeof fetch>(() => answers.shift()!()),
  )
})

afterEach(() => {
  widget?.close()
  chosen.identity.value = null
  vi.unstubAllGlobals()
})

const answer = (data: object) => answers.push(async () => Response.json({ success: true, data }))
const refuse = (status: number, code: string) =>
  answers.push(async () => Response.json({ success: false, error: code, code }, { status }))
const start = (changes: Partial<Attributes> = {}) => {
  const attributes = signal({ ...proven, ...changes })
  widget = openWidget(attributes)
  return { widget, attributes }
}
const bodies = () => vi.mocked(fetch).mock.calls.map(([url, init]) => [url, JSON.parse(init!.body as string)] as const)
const settled = (kind: string) => vi.waitFor(() => expect(widget!.view.value.kind).toBe(kind))

test('asks for the dashboard once, and again only when the question changes', async () => {
  answer(open)
  answer(stranger)
  const { attributes } = start()
  await settled('open')
  attributes.value = { ...attributes.value, lang: 'en-GB' }
  attributes.value = { ...attributes.value, email: '', hash: '' }
  await vi.waitFor(() => expect(widget!.view.value).toMatchObject({ dashboard: { affiliate: null } }))
  expect(bodies()).toEqual([
    ['https://api.example/api/widget/dashboard', { project_id: '7', email: 'ann@example.com', hash: 'abc' }],
    ['https://api.example/api/widget/dashboard', { project_id: '7' }],
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
  await settled('open')
  late(Response.json({ success: true, data: open }))
  await new Promise((done) => setTimeout(done))
  expect(widget!.view.value).toMatchObject({ dashboard: { affiliate: null } })
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
  expect(widget!.view.value).toEqual({ kind: 'problem', code: told })
  expect(heard).toHaveBeenCalledWith({ code: told, message: told })
  stop()
  await widget!.load()
  expect(widget!.view.value.kind).toBe('open')
})

test('a page of a proxy instead of an answer is our own fault, no connection is not', async () => {
  answers.push(async () => new Response('<h1>Bad gateway</h1>', { status: 502 }))
  answers.push(() => Promise.reject(new TypeError('Failed to fetch')))
  start()
  await settled('problem')
  expect(widget!.view.value).toMatchObject({ code: 'internal' })
  await widget!.load()
  expect(widget!.view.value).toMatchObject({ code: 'unreachable' })
})

test('joining with proof opens the dashboard, without it shows nothing but the link', async () => {
  const signups = vi.fn()
  const stop = on('affiliate:signup', signups)
  answer(stranger)
  answer({ referral_code: 'eve', affiliate: null })
  start({ email: 'ann@example.com', hash: '' })
  await settled('open')
  await widget!.join('eve@example.com')
  expect(widget!.joining.value).toEqual({ kind: 'joined', code: 'eve' })
  widget!.close()

  answer({ ...stranger, proven: true })
  answer({ referral_code: 'ann', affiliate: open.affiliate })
  start()
  await settled('open')
  await widget!.join('ann@example.com')
  expect(widget!.view.value).toMatchObject({ dashboard: { affiliate: { referral_code: 'ann-baker' } } })
  expect(signups.mock.calls).toEqual([[{ email: 'eve@example.com' }], [{ email: 'ann@example.com' }]])
  stop()
})

test('a signature goes with the address it was made for and no other', async () => {
  answer({ ...stranger, proven: true })
  answer({ referral_code: 'eve', affiliate: null })
  start()
  await settled('open')
  await widget!.join('eve@example.com')
  expect(bodies().at(-1)![1]).toEqual({ project_id: '7', email: 'eve@example.com' })
})

test('identify speaks for the whole page; login is told once per address', async () => {
  const logins = vi.fn()
  const stop = on('affiliate:login', logins)
  answer(stranger)
  answer(open)
  answer(open)
  start({ email: '', hash: '' })
  await settled('open')
  chosen.identity.value = { email: 'ann@example.com', hash: 'abc' }
  await vi.waitFor(() => expect(widget!.view.value).toMatchObject({ dashboard: { proven: true } }))
  await widget!.load()
  expect(bodies()[1]![1]).toEqual({ project_id: '7', email: 'ann@example.com', hash: 'abc' })
  expect(logins).toHaveBeenCalledExactlyOnceWith({ email: 'ann@example.com' })
  stop()
})
