/** The latest answers of a pure function whose inputs repeat, such as browsers' names and landing pages. */

const KEPT = 1000
/** Longer inputs are rare and would let a stranger fill the memory. */
const LONGEST = 512

export function remembered<Answer extends string | boolean | null>(
  compute: (text: string) => Answer,
): (text: string) => Answer {
  const answers = new Map<string, Answer>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) return known
    const answer = compute(text)
    if (text.length > LONGEST) return answer
    if (answers.size >= KEPT) answers.clear()
    answers.set(text, answer)
    return answer
  }
}
