/** Reading what others send, up to a limit: an answer without an end must not fill the memory. */

const megabytes = (bytes: number) => `${bytes / 1024 / 1024} MB`

/** @throws Error when there is more; what was not read is given up */
export async function boundedText(chunks: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> {
  const kept: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error(`expected at most ${megabytes(mostBytes)}`)
    kept.push(chunk)
  }
  return Buffer.concat(kept).toString('utf8')
}

/** The same answer, whose body fails when it is read beyond the limit. Counted as it was before it was compressed. */
export function boundedResponse(response: Response, mostBytes: number): Response {
  if (!response.body) return response
  let bytes = 0
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length
        if (bytes > mostBytes) controller.error(new Error(`the answer is larger than ${megabytes(mostBytes)}`))
        else controller.enqueue(chunk)
      },
    }),
  )
  return new Response(counted, response)
}
