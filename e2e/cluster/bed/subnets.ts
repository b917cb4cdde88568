/**
 * Addresses of one bed: a slot of 2048 addresses out of 198.18.0.0/15, the range for tests of network devices
 * (RFC 2544, IANA special-purpose registry), which no real network routes. 64 slots.
 */
export interface BedNetwork {
  slot: number;
  /** The bed's end on the host: the coordinator listens here. */
  host: string;
  /** The node: API server, kubelet. */
  node: string;
  /** Prefix of the link between the two. */
  link: string;
  services: string;
  /** First address of `services`: the service `kubernetes`. */
  apiService: string;
  pods: string;
}

export const SLOTS = 64;

export function networkOfSlot(slot: number): BedNetwork {
  if (!Number.isInteger(slot) || slot < 0 || slot >= SLOTS) throw new Error(`Slot ${slot} is not in 0..${SLOTS - 1}.`);
  const base = slot * 8; // in /24 networks
  const at = (offset: number) => `198.${18 + ((base + offset) >> 8)}.${(base + offset) & 255}`;
  return {
    slot,
    host: `${at(0)}.1`,
    node: `${at(0)}.2`,
    link: `${at(0)}.0/24`,
    services: `${at(1)}.0/24`,
    apiService: `${at(1)}.1`,
    pods: `${at(4)}.0/22`,
  };
}

function range(prefix: string): { from: number; to: number } | null {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(prefix);
  if (!match) return null;
  const bits = Number(match[5] ?? 32);
  const address = [1, 2, 3, 4].reduce((sum, part) => sum * 256 + Number(match[part]), 0);
  const size = 2 ** (32 - bits);
  const from = Math.floor(address / size) * size;
  return { from, to: from + size - 1 };
}

/** Do two IPv4 prefixes share an address? A default route (`default`, /0) does not count as taken. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [range(one), range(other)];
  if (!a || !b || one.endsWith("/0") || other.endsWith("/0")) return false;
  return a.from <= b.to && b.from <= a.to;
}

/** The slots that no route of the host touches, lowest first. `routes` are destinations as `ip route` prints them. */
export function freeSlots(routes: readonly string[]): BedNetwork[] {
  return Array.from({ length: SLOTS }, (_, slot) => networkOfSlot(slot)).filter(
    (network) => !routes.some((route) => [network.link, network.services, network.pods].some((prefix) => overlaps(prefix, route))),
  );
}
