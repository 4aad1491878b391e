import { expect, test } from 'vitest'
import { mailboxHash, mailboxOf } from './email.ts'

test('what mail hosts deliver to one mailbox is one mailbox', () => {
  const same: string[][] = [
    ['ann.b@gmail.com', 'a.n.n.b@gmail.com', 'annb+shop@googlemail.com', ' AnnB@GoogleMail.com '],
    ['ann_b@proton.me', 'annb@pm.me', 'Ann.B+x@protonmail.com', 'ann-b@protonmail.ch'],
    ['ann@icloud.com', 'ann@me.com', 'ann+1@mac.com'],
    ['ann-shop@yahoo.de', 'ann-other@yahoo.de', 'ann@yahoo.de', 'ann+x@yahoo.de'],
    ['ann.b@yandex.ru', 'ann-b@ya.ru', 'ann.b+x@yandex.com'],
    ['shop@ann.fastmail.com', 'ann+shop@fastmail.com', 'ann@fastmail.com'],
    ['ann+shop@example.com', 'Ann@Example.com'],
  ]
  for (const group of same) expect(new Set(group.map(mailboxOf)).size, group.join(', ')).toBe(1)
})

test('what other hosts tell apart stays apart', () => {
  const apart: [string, string][] = [
    ['ann.b@example.com', 'annb@example.com'],
    ['ann-b@example.com', 'ann@example.com'],
    ['ann@yahoo.de', 'ann@yahoo.com'],
    ['ann@gmail.com.example', 'ann@gmail.com'],
    ['a.nn@outlook.com', 'ann@outlook.com'],
    ['ann@notgmail.com', 'ann@gmail.com'],
  ]
  for (const [one, other] of apart) expect(mailboxOf(one)).not.toBe(mailboxOf(other))
})

test('the hash of a mailbox is of its project alone', () => {
  expect(mailboxHash(1, 'ann.b@gmail.com')).toBe(mailboxHash(1, 'annb@googlemail.com'))
  expect(mailboxHash(1, 'annb@gmail.com')).not.toBe(mailboxHash(2, 'annb@gmail.com'))
})
