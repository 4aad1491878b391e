/** Mail for tests: a real SMTP server on a free port, and what is in a message. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface Received {
  from: string
  to: string[]
  raw: string
}

export interface SmtpDouble {
  url: string
  received: Received[]
  /** What the server answers to the next messages: an SMTP code each; 250 when there is none left. */
  answers: number[]
  stop(): Promise<void>
}

export async function startSmtp({ password }: { password?: string } = {}): Promise<SmtpDouble> {
  const received: Received[] = []
  const answers: number[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: password === undefined,
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.password === password ? done(null, { user: auth.username }) : done(new Error('wrong password')),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const code = answers.shift() ?? 250
        if (code >= 400)
          return done(Object.assign(new Error(`not for ${envelope.rcptTo[0]?.address}`), { responseCode: code }))
        const from = envelope.mailFrom ? envelope.mailFrom.address : ''
        received.push({
          from,
          to: envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
        })
        return done()
      })
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  const credentials = password === undefined ? '' : `user:${encodeURIComponent(password)}@`
  return {
    url: `smtp://${credentials}127.0.0.1:${port}`,
    received,
    answers,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

export interface Read {
  headers: Record<string, string>
  text: string
  html: string
}

/** Headers unfolded and decoded, and both bodies. */
export function readMail(raw: string): Read {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const headers = headersOf(head)
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? ''
  const parts = rest
    .join('\r\n\r\n')
    .split(`--${boundary}`)
    .map((part) => {
      const [partHead = '', ...body] = part.trim().split('\r\n\r\n')
      return { type: headersOf(partHead)['content-type'] ?? '', body: unquote(body.join('\r\n\r\n')) }
    })
  const bodyOf = (type: string) => parts.find((part) => part.type.startsWith(type))?.body ?? ''
  return { headers, text: bodyOf('text/plain'), html: bodyOf('text/html') }
}

function headersOf(head: string): Record<string, string> {
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
  return Object.fromEntries(
    lines
      .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), words(line.slice(line.indexOf(':') + 1).trim())])
      .filter(([name]) => name),
  )
}

const words = (text: string) =>
  text
    .replaceAll(/\?= +=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, coded: string) =>
      kind.toLowerCase() === 'b' ? Buffer.from(coded, 'base64').toString() : unquote(coded.replaceAll('_', ' ')),
    )

const unquote = (text: string) =>
  Buffer.from(
    text
      .replaceAll(/=\r\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()
