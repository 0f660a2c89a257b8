import { BlockList, isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { AppError } from '../../lib/errors.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const isAddress = (name: string) => isIP(name) !== 0;

function isLoopbackName(name: string): boolean {
  if (name === 'localhost') return true;
  // An IPv4 address in IPv6 form (::ffff:127.0.0.1) is found among the IPv4 subnets.
  return isAddress(name) && loopback.check(name, isIPv6(name) ? 'ipv6' : 'ipv4');
}

/** One way to write an address or a name: lower case, no final dot, IPv6 compressed and without brackets. */
function canonical(name: string): string | undefined {
  if (isIPv6(name)) return URL.canParse(`http://[${name}]`) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : undefined;
  return name.toLowerCase().replace(/\.$/, '') || undefined;
}

/** The name in a `Host` header (RFC 9110, section 7.2), without its port; undefined when the header is malformed. */
export function hostName(header: string): string | undefined {
  const match = /^(?:\[([^[\]]+)\]|([^[\]:/?#@\\,\s]+))(?::\d{0,5})?$/.exec(header);
  if (match === null) return undefined;
  const [, address, name] = match;
  if (address !== undefined) return isIPv6(address) ? canonical(address) : undefined;
  return name === undefined ? undefined : canonical(name);
}

function configuredName(text: string): string {
  const name = isIPv6(text) ? canonical(text) : hostName(domainToASCII(text) || text);
  if (name === undefined || name.includes('*')) {
    throw new AppError('bad_config', `http.allowedHosts: ${JSON.stringify(text)} is neither a host name nor an address.`);
  }
  return name;
}

/**
 * Decides by a `Host` header whether a request was meant for this server. A page whose name was pointed at this machine after it
 * was loaded (DNS rebinding) still sends its own name, so names other than loopback, the bound host and `allowedHosts` are refused.
 * A server bound to every address (0.0.0.0, ::) is addressed by any of them: rebinding needs a name, so an address is safe there.
 */
export function createHostCheck(boundHost: string, allowedHosts: readonly string[]): (header: string) => boolean {
  const allowed = new Set([boundHost, ...allowedHosts].map(configuredName));
  const anyAddress = allowed.has('0.0.0.0') || allowed.has('::');
  return (header) => {
    const name = hostName(header);
    if (name === undefined) return false;
    return allowed.has(name) || isLoopbackName(name) || (anyAddress && isAddress(name));
  };
}
