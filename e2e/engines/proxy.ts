/** Makes every host name lead to this machine, in engines that know no --host-resolver-rules; nothing reaches the network. */
import { once } from 'node:events'
import { createServer, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'

export async function startProxy() {
  const server = createServer((request, response) => {
    const { port, pathname, search } = new URL(request.url!)
    // The browser's own questions, such as whether there is an internet.
    if (!port) return response.writeHead(404).end()

    const { method, headers } = request
    const onward = ask({ host: '127.0.0.1', port, path: pathname + search, method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.rawHeaders)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    return request.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
