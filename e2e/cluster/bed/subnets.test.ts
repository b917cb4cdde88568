import { expect, test } from "vitest";
import { freeSlots, networkOfSlot, overlaps, SLOTS } from "./subnets.ts";

test("no two slots share an address, and all stay in the range for device tests", () => {
  const networks = Array.from({ length: SLOTS }, (_, slot) => networkOfSlot(slot));
  const prefixes = networks.flatMap((network) => [network.link, network.services, network.pods]);
  for (const [index, prefix] of prefixes.entries()) {
    expect(prefix).toMatch(/^198\.(18|19)\./);
    expect(prefixes.slice(index + 1).filter((other) => overlaps(prefix, other))).toEqual([]);
  }
});

test("a network's addresses lie in its prefixes", () => {
  const network = networkOfSlot(33);
  expect(network).toEqual({
    slot: 33,
    host: "198.19.8.1",
    node: "198.19.8.2",
    link: "198.19.8.0/24",
    services: "198.19.9.0/24",
    apiService: "198.19.9.1",
    pods: "198.19.12.0/22",
  });
  expect(() => networkOfSlot(SLOTS)).toThrow(`0..${SLOTS - 1}`);
});

test.each([
  ["10.0.0.0/8", "10.200.3.0/24", true],
  ["10.0.0.0/24", "10.0.1.0/24", false],
  ["10.0.1.7", "10.0.1.0/24", true],
  ["198.18.4.0/22", "198.18.7.255", true],
  ["0.0.0.0/0", "10.0.0.0/8", false],
  ["default", "10.0.0.0/8", false],
  ["255.255.255.0/24", "255.255.255.255", true],
])("%s and %s overlap: %s", (one, other, expected) => {
  expect(overlaps(one, other)).toBe(expected);
  expect(overlaps(other, one)).toBe(expected);
});

test("slots that a route of the host touches are left out", () => {
  expect(freeSlots([])).toHaveLength(SLOTS);
  const own = networkOfSlot(0);
  expect(freeSlots([own.link, own.host, own.pods])[0]?.slot).toBe(1);
  expect(freeSlots(["198.18.0.0/16"]).map((network) => network.slot)).toEqual(Array.from({ length: 32 }, (_, index) => 32 + index));
  expect(freeSlots(["198.18.0.0/15"])).toEqual([]);
});
