/**
 * Which clicks are the same visitor's repeated ones. The latest visitors are remembered in this process, because a look into
 * the database would cost every click more than its insert; several processes count a repeat once each.
 */
import type { NewClick } from '../../core/click/click.ts'
import { codeKey } from '../../core/affiliate/code.ts'

/** 25 MB. The first click of whoever is forgotten early counts again. */
const VISITORS = 100_000

/** Of the repeats so many leave a row: people behind one address who have the same browser are one visitor here, and a sale is attributed to a click on record. */
const STORED = 10

interface Visit {
  /** Of the click that counted. */
  id: string
  at: number
  repeats: number
  /** The latest repeat that left no row. */
  last: string
}

export interface RepeatedClicks {
  /**
   * Says in the click itself whether it is a repeat, and whether it leaves a row.
   * @returns whether it is the visitor's first: further ones within so many seconds are repeats
   */
  judge(click: NewClick, seconds: number): boolean
  /** For a first click that did not count after all. */
  forget(click: NewClick): void
}

export function createRepeatedClicks(most = VISITORS): RepeatedClicks {
  const visits = new Map<string, Visit>()
  return {
    judge(click, seconds) {
      const key = keyOf(click)
      const at = Date.parse(click.at)
      const visit = visits.get(key)
      // A clock that was set back ends the window: it would last until the old time comes again.
      if (!visit || at < visit.at || at >= visit.at + seconds * 1000) {
        visits.delete(key)
        if (visits.size >= most) visits.delete(visits.keys().next().value as string)
        visits.set(key, { id: click.click_id, at, repeats: 0, last: '' })
        return true
      }
      // The same click once more, as when the tracker reports what the redirect recorded: its id says so.
      if (click.click_id === visit.id) return false
      click.uncounted = 'repeat'
      if (click.click_id !== visit.last) visit.repeats += 1
      if (visit.repeats > STORED) {
        click.stored = false
        visit.last = click.click_id
      }
      return false
    },
    forget(click) {
      const key = keyOf(click)
      if (visits.get(key)?.id === click.click_id) visits.delete(key)
    },
  }
}

const keyOf = ({ project_id, code, visitor_hash }: NewClick) => `${project_id} ${codeKey(code)} ${visitor_hash}`
