import { isIPv4, isIPv6 } from 'node:net';

/** Whether an address can only be reached from this machine. A name other than `localhost` counts as reachable from outside. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost') return true;
  if (isIPv4(bare)) return bare.startsWith('127.');
  return isIPv6(bare) && /^(0*:)*:?0*1$/.test(bare);
}
