import { run, succeeds } from "./command.ts";
import type { BedProcesses } from "./processes.ts";
import { freeSlots, type BedNetwork } from "./subnets.ts";

export const linkOfSlot = (slot: number): string => `runnerscope${slot}`;

/** Destinations of all IPv4 routes of the host. */
async function hostRoutes(): Promise<string[]> {
  const routes = JSON.parse((await run("ip", ["-4", "-json", "route", "show", "table", "all"])) || "[]") as { dst?: string }[];
  return routes.map((route) => route.dst ?? "").filter((dst) => dst !== "" && dst !== "default");
}

/**
 * Takes the first free slot by making its link: the name can exist once only, so two beds never share a slot.
 * `claim` is called with the link's name and the slot before the link is made. Pods are reached from the host through the node.
 */
export async function connectNetwork(processes: BedProcesses, claim: (network: BedNetwork, link: string) => void): Promise<BedNetwork> {
  for (const network of freeSlots(await hostRoutes())) {
    const link = linkOfSlot(network.slot);
    const pair = ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", String(processes.holder.pid)];
    if (!(await succeeds(run("ip", pair)))) continue;
    claim(network, link);
    await run("ip", ["address", "add", `${network.host}/24`, "dev", link]);
    await run("ip", ["link", "set", link, "up"]);
    const inside = (...args: string[]) => processes.run("ip", args);
    await inside("address", "add", `${network.node}/24`, "dev", "eth0");
    await inside("link", "set", "eth0", "up");
    await inside("link", "set", "lo", "up");
    await inside("route", "add", "default", "via", network.host);
    await processes.run("sh", ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
    await run("ip", ["route", "add", network.pods, "via", network.node, "dev", link]);
    return network;
  }
  throw new Error("No free network for the bed: routes of this machine cover all of 198.18.0.0/15.");
}
