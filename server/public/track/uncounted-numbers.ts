/** Numbers of clicks that are not counted, kept until a batch of their project writes them. */
import type { Uncounted, UncountedClicks } from '../../core/click/not-counted.ts'

/** One per affiliate, day and reason. What is more is lost: nobody may fill the memory with them. */
const MOST = 10_000

export interface UncountedNumbers {
  add(click: Uncounted): void
  has(projectId: number): boolean
  /** What was added for the project; it is forgotten here. */
  take(projectId: number): UncountedClicks[]
  /** What was taken and could not be written. */
  putBack(taken: UncountedClicks[]): void
}

export function createUncountedNumbers(most = MOST): UncountedNumbers {
  const projects = new Map<number, Map<string, UncountedClicks>>()
  let kept = 0

  function keep(number: UncountedClicks): void {
    const numbers = projects.get(number.project_id) ?? new Map<string, UncountedClicks>()
    const key = `${number.affiliate_id} ${number.day} ${number.reason}`
    const known = numbers.get(key)
    if (known) {
      known.clicks += number.clicks
      return
    }
    if (kept >= most) return
    kept += 1
    projects.set(number.project_id, numbers.set(key, number))
  }

  return {
    add: (click) => keep({ ...click, clicks: 1 }),
    has: (projectId) => projects.has(projectId),
    take(projectId) {
      const taken = [...(projects.get(projectId)?.values() ?? [])]
      projects.delete(projectId)
      kept -= taken.length
      return taken
    },
    putBack: (taken) => taken.forEach(keep),
  }
}
