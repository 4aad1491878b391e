/** MCP over stdin and stdout, for an assistant that starts this program itself. */
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { apiOver } from './api.ts'
import { createMcpServer } from './server.ts'

const DEFAULT_URL = 'http://localhost:3000/api/v1'

/** @throws Error with one sentence when REFGROW_API_KEY is missing or REFGROW_API_URL is no address */
export function serveMcp(env: Record<string, string | undefined>): void {
  const key = env['REFGROW_API_KEY']
  if (!key) throw new Error('REFGROW_API_KEY is missing: expected a key such as rgk_..., which "apikey create" prints')
  const api = apiOver(env['REFGROW_API_URL'] || DEFAULT_URL, key)
  // stdout belongs to the protocol.
  serveStdio(() => createMcpServer(api), {
    onerror: (error) => void process.stderr.write(`refgrow mcp: ${error.message}\n`),
  })
}
