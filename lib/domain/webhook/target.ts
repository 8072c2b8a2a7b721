import { BlockList, isIP } from 'node:net';

export type TargetVerdict = { allowed: true } | { allowed: false; code: string; reason: string };

const LOOPBACK = addresses([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
]);

/** Networks that a webhook must never reach: the machine's own, private ones, link-local with cloud metadata, reserved ones. */
const INSIDE = addresses([
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
]);

function addresses(subnets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix, family] of subnets) list.addSubnet(network, prefix, family);
  return list;
}

/** Whether notifications may be sent to this URL as written; the address it resolves to is judged when sending. */
export function judgeUrl(text: string, options: { loopback: boolean }): TargetVerdict {
  if (!URL.canParse(text)) return no('not-a-url', 'is not a URL');
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const local = options.loopback && (host === 'localhost' || isLoopback(host));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local))
    return no('not-https', 'must begin with https://');
  if (url.username || url.password) return no('credentials', 'must not hold a user name or password');
  if (isIP(host)) return judgeAddress(host, options);
  if (!local && (!host.includes('.') || /\.(local|localhost|internal)\.?$/i.test(host)))
    return no('inside', 'names a host of the inner network');
  return { allowed: true };
}

/** Whether a resolved address may be spoken to. Addresses of the inner network are refused, loopback too but with the lab. */
export function judgeAddress(address: string, options: { loopback: boolean }): TargetVerdict {
  const family = isIP(address);
  if (family === 0) return no('not-an-address', `${address} is not an address`);
  const plain = unmapped(address);
  if (options.loopback && isLoopback(plain)) return { allowed: true };
  if (INSIDE.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4'))
    return no('inside', `leads to ${address}, an address of the inner network`);
  return { allowed: true };
}

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** `::ffff:10.0.0.1` in either spelling is 10.0.0.1. */
function unmapped(address: string): string {
  if (isIP(address) !== 6) return address;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const parts = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (!parts) return canonical;
  const [high = 0, low = 0] = parts.slice(1).map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function no(code: string, reason: string): TargetVerdict {
  return { allowed: false, code, reason };
}
