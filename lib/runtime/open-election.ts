import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import { ApiAgent } from "../kubernetes/server/api-agent.ts";
import { ApiRequest } from "../kubernetes/server/api-request.ts";
import type { ClusterAccess } from "../kubernetes/server/cluster-access.ts";
import { LeaseElection } from "../kubernetes/server/lease-election.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";

/** One process among those that share a database; in a cluster the host name is the pod's. Another one after each start. */
export function processName(): string {
  return `${hostname()}_${randomUUID().slice(0, 8)}`;
}

/** The election by the Lease of the configuration, in the first cluster that is watched; null: none is configured. */
export function openElection({ lease }: Config, access: ClusterAccess | undefined, clock: Clock, log: Log): LeaseElection | null {
  if (lease === null || access === undefined) return null;
  const agent = new ApiAgent(access);
  const api = new ApiRequest(access, agent, clock);
  return new LeaseElection({ api, lease, identity: processName(), clock, random: Math.random, close: () => agent.close(), log });
}
