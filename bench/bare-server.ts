/** What ingest is compared with: the smallest honest JSON endpoint on node:http, which reads, parses and answers. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => (body += chunk))
  request.on('end', () => {
    const { click_id } = JSON.parse(body) as { click_id: string }
    const answer = JSON.stringify({ success: true, data: { counted: true, click_id } })
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(answer),
    })
    response.end(answer)
  })
})
server.listen(Number(process.env['PORT']), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`Server listening at http://127.0.0.1:${port}\n`)
})
