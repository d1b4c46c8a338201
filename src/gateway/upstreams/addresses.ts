/** Which addresses a gateway may dial (IANA special-purpose registries, RFC 6890; the clouds' metadata services). */
import { BlockList, isIP } from 'node:net';

type Range = readonly [address: string, prefix: number];

/** Reached only by an upstream that is allowed to stand on a private address. */
const PRIVATE_IPV4: readonly Range[] = [['10.0.0.0', 8], ['127.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['100.64.0.0', 10], ['198.18.0.0', 15]];
const PRIVATE_IPV6: readonly Range[] = [['::1', 128], ['fc00::', 7]];

/** Reached by none: metadata services, link-local, multicast, unspecified, documentation, relays into IPv4. */
const NEVER_IPV4: readonly Range[] = [
  ['0.0.0.0', 8], ['169.254.0.0', 16], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
  ['100.100.100.200', 32], ['168.63.129.16', 32],
];
/** Within global unicast 2000::/3, outside which no IPv6 address is public: Teredo and its kin, documentation, 6to4. */
const NEVER_IPV6: readonly Range[] = [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20], ['fd00:ec2::254', 128], ['fd20:ce::254', 128]];

const privateRanges = blockList(PRIVATE_IPV4, PRIVATE_IPV6);
const neverRanges = blockList(NEVER_IPV4, NEVER_IPV6);
const globalUnicast = blockList([], [['2000::', 3]]);
/** ::ffff:0:0/96 would be looked up as the IPv4 address within; it is refused whatever stands in it. */
const mapped = blockList([], [['::ffff:0:0', 96]]);

function blockList(ipv4: readonly Range[], ipv6: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ipv4) list.addSubnet(address, prefix, 'ipv4');
  for (const [address, prefix] of ipv6) list.addSubnet(address, prefix, 'ipv6');
  return list;
}

/**
 * @param address an IP address as text
 * @param allowPrivate whether private and loopback addresses may be dialled
 */
export function mayDial(address: string, allowPrivate: boolean): boolean {
  const family = isIP(address);
  if (family === 4) return !neverRanges.check(address, 'ipv4') && (allowPrivate || !privateRanges.check(address, 'ipv4'));
  // A zone (`fe80::1%eth0`) belongs to link-local addresses alone.
  if (family !== 6 || address.includes('%') || mapped.check(address, 'ipv6')) return false;
  if (neverRanges.check(address, 'ipv6')) return false;
  return globalUnicast.check(address, 'ipv6') || (allowPrivate && privateRanges.check(address, 'ipv6'));
}
