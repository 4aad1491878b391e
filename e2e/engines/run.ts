/** Plays every case in one browser and says how each one ended. */
import { setTimeout as pause } from 'node:timers/promises'
import { cases } from './cases.ts'
import type { Driver } from './driver.ts'
import { setStage } from './stage.ts'

const LONGEST = 30_000

export interface Score {
  passed: number
  failed: number
}

export async function playAll(driver: Driver): Promise<Score> {
  const score = { passed: 0, failed: 0 }
  for (const [index, [title, play]] of Object.entries(cases).entries()) {
    const begun = performance.now()
    const failure = await failureOf(driver, `shop${index + 1}.test`, play)
    score[failure ? 'failed' : 'passed'] += 1
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    console.log(`${driver.name}  ${failure ? 'FAILED' : 'passed'}  ${title} (${seconds} s)`)
    if (failure) console.log(failure)
  }
  return score
}

/** Every case has a host of its own, so that it finds no cookie and no storage of another. */
async function failureOf(driver: Driver, host: string, play: (typeof cases)[string]): Promise<unknown> {
  const stage = await setStage(driver, host)
  const tooLong = new AbortController()
  try {
    await Promise.race([
      play(stage).then(stage.leave),
      pause(LONGEST, undefined, { signal: tooLong.signal }).then(() => {
        throw new Error(`Not done after ${LONGEST / 1000} s`)
      }),
    ])
    return undefined
  } catch (error) {
    return error
  } finally {
    tooLong.abort()
    await stage.collector.stop()
  }
}
