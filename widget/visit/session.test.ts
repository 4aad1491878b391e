// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { keepSession, rereadSessions, sameAddress, sessionOf } from './session.ts'

const session = { token: 'secret', email: 'ann@example.com', host: '' }

afterEach(() => {
  vi.unstubAllGlobals()
  localStorage.clear()
  rereadSessions({ key: null })
})

test('a log-in is kept per project, and gone when it is forgotten', () => {
  keepSession('7', session)
  expect(sessionOf('7').value).toEqual(session)
  expect(sessionOf('8').value).toBe(null)
  expect(JSON.parse(localStorage.getItem('refgrow.session 7')!)).toEqual(session)
  keepSession('7', null)
  expect(sessionOf('7').value).toBe(null)
  expect(localStorage.length).toBe(0)
})

test('what another tab did is heard of, for its project alone', () => {
  keepSession('7', session)
  keepSession('8', session)
  localStorage.clear()
  rereadSessions({ key: 'refgrow.session 7' })
  expect(sessionOf('7').value).toBe(null)
  expect(sessionOf('8').value).toEqual(session)
})

test.each(['', 'no JSON', 'null', '{"token":1}', '{"token":"secret"}'])('what is stored may be %j', (text) => {
  localStorage.setItem('refgrow.session 9', text)
  sessionOf('9')
  rereadSessions({ key: 'refgrow.session 9' })
  expect(sessionOf('9').value).toBe(null)
})

test('where nothing may be stored, a log-in lasts as long as the page', () => {
  const forbidden = () => {
    throw new DOMException('denied', 'SecurityError')
  }
  vi.stubGlobal('localStorage', { getItem: forbidden, setItem: forbidden, removeItem: forbidden, clear: () => {} })
  expect(sessionOf('10').value).toBe(null)
  keepSession('10', session)
  expect(sessionOf('10').value).toEqual(session)
})

test('addresses are compared without case and spaces around them', () => {
  expect(sameAddress(' Ann@Example.com', 'ann@example.com')).toBe(true)
  expect(sameAddress('ann@example.com', 'anna@example.com')).toBe(false)
})
