/** Whom we call: public addresses over https; private ones and http only where the project's owner allowed it. */
import { BlockList, isIP, isIPv6 } from 'node:net'
import { DomainError } from '../core/kit/errors.ts'

/**
 * `new URL` reads every way of writing an address (`2130706433`, `0x7f.1`, `①②⑦.1`) as a browser would, so that one check suffices.
 * @throws DomainError 'invalid_request' saying what is wrong with it
 */
export function parseTarget(url: string, privateTargets: boolean): URL {
  const target = URL.canParse(url) ? new URL(url) : undefined
  const problem = target ? problemOf(target, privateTargets) : 'expected an address such as https://acme.example/hook'
  if (!target || problem) throw new DomainError('invalid_request', `url: ${problem}`)
  return target
}

function problemOf({ protocol, username, password, hostname }: URL, privateTargets: boolean): string | undefined {
  if (protocol !== 'https:' && !(protocol === 'http:' && privateTargets)) {
    return protocol === 'http:'
      ? 'expected https; http is called only with the setting webhook_private_targets'
      : `expected https, got ${protocol.slice(0, -1)}`
  }
  if (username || password) return 'user name and password do not belong into an address'
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host)) return addressProblem(host, privateTargets)
  if (!privateTargets && /(^|\.)localhost\.?$/.test(host)) return `${host} is this machine; ${HINT}`
  return undefined
}

/** @param address a literal, IPv4 or IPv6. @returns why it is not called, or undefined */
export function addressProblem(address: string, privateTargets: boolean): string | undefined {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (PRIVATE.check(address, family)) return privateTargets ? undefined : `${address} is a private address; ${HINT}`
  const callable = family === 'ipv4' ? !RESERVED.check(address) : isGlobal(address)
  return callable ? undefined : `${address} is no address of the public internet`
}

const HINT = 'allow it with the setting webhook_private_targets'

const listOf = (subnets: string[]): BlockList => {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [net = '', bits] = subnet.split('/')
    list.addSubnet(net, Number(bits), isIPv6(net) ? 'ipv6' : 'ipv4')
  }
  return list
}

/** Where a company's own machines may be: called when the owner says so. */
const PRIVATE = listOf([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
])

/** Never called: link-local (there live the clouds' metadata), documentation, benchmarks, multicast, reserved, Azure's wire server. */
const RESERVED = listOf([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32',
])

/** Of IPv6 only global unicast, without what carries an IPv4 address (Teredo, 6to4; mapped and NAT64 lie outside) or documents. */
const GLOBAL = listOf(['2000::/3'])
const NOT_GLOBAL = listOf(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

const isGlobal = (address: string): boolean => GLOBAL.check(address, 'ipv6') && !NOT_GLOBAL.check(address, 'ipv6')
