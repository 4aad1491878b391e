/** The MCP server: the tools over the public API, the same for stdio and HTTP. */
import { McpServer } from '@modelcontextprotocol/server'
import pack from '../package.json' with { type: 'json' }
import type { Api } from './api.ts'
import { affiliateTools } from './tools/affiliates.ts'
import { conversionTools } from './tools/conversions.ts'
import { couponTools } from './tools/coupons.ts'
import { referralTools } from './tools/referrals.ts'

export const TOOLS = [...affiliateTools, ...referralTools, ...conversionTools, ...couponTools]

const INSTRUCTIONS =
  "Manages one company's affiliate programme. Affiliates refer customers (referrals); a signup or purchase is a conversion and may earn its affiliate a commission; coupons credit a sale to an affiliate without a link. " +
  'Amounts are major units of the currency named beside them, dates ISO 8601 in UTC. Lists are paged: look at pagination.has_more before adding anything up. Ask the user before tools that delete or move money.'

export function createMcpServer(api: Api): McpServer {
  const server = new McpServer(
    { name: 'refgrow', title: 'Refgrow', version: pack.version },
    { instructions: INSTRUCTIONS },
  )
  for (const tool of TOOLS) tool.register(server, api)
  return server
}
