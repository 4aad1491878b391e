/** The curl of the documentation: the same request made with fetch, so that its examples run where curl is not installed. */
import { writeFileSync } from 'node:fs'

export interface Curl {
  url: string
  method: string
  headers: Record<string, string>
  body: string | undefined
  /** Files for the answer (`-o`) and its headers (`-D`). */
  output: string | undefined
  headersTo: string | undefined
}

/** @throws Error for an option that no example uses yet */
export function parseCurl(args: readonly string[]): Curl {
  const curl: Curl = { url: '', method: '', headers: {}, body: undefined, output: undefined, headersTo: undefined }
  const rest = [...args]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '-s' || word === '--silent') continue
    if (!word.startsWith('-')) {
      curl.url = word
      continue
    }
    const value = rest.shift()
    if (value === undefined) throw new Error(`curl ${word} needs a value`)
    if (word === '-X') curl.method = value
    else if (word === '-d') curl.body = value
    else if (word === '-o') curl.output = value
    else if (word === '-D') curl.headersTo = value
    else if (word === '-H')
      curl.headers[value.slice(0, value.indexOf(':'))] = value.slice(value.indexOf(':') + 1).trim()
    else throw new Error(`curl ${word} is not known to the documentation's tests`)
  }
  curl.method ||= curl.body === undefined ? 'GET' : 'POST'
  return curl
}

export const runCurl = ({ url, method, headers, body }: Curl): Promise<Response> =>
  fetch(url, { method, headers, body: body ?? null, redirect: 'manual' })

if (import.meta.main) {
  const curl = parseCurl(process.argv.slice(2))
  const response = await runCurl(curl)
  const head = [...response.headers].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  if (curl.headersTo) writeFileSync(curl.headersTo, `HTTP/1.1 ${response.status}\r\n${head}\r\n`)
  const answer = Buffer.from(await response.arrayBuffer())
  if (curl.output) writeFileSync(curl.output, answer)
  else process.stdout.write(answer)
}
