import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { shiftClock, SKEW_MS } from "./shift-clock.ts";

/** How a server can misbehave on a connection's TLS; not for a server of plain HTTP. */
const TLS_FAULTS = ["slow TLS", "expired certificate"] as const;
/** How any server can misbehave; the API server has its own, finer set. */
const ANSWER_FAULTS = ["refuse", "cut", "stall", "drip", "garble", "401", "403", "410", "429", "500", "slow", "clock +5 min"] as const;

export type ServerFault = (typeof ANSWER_FAULTS)[number] | (typeof TLS_FAULTS)[number];

/** The verbs that a server with or without TLS knows. */
export function faultsOf(tls: boolean): readonly ServerFault[] {
  return tls ? [...ANSWER_FAULTS, ...TLS_FAULTS] : ANSWER_FAULTS;
}

/** The TLS handshake starts this late. */
export const SLOW_TLS_MS = 6_000;
/** `slow`: the answer comes this late. */
const SLOW_MS = 8_000;

/** Faults that need no answer of the model; true: the request is dealt with. */
export async function refuseAnswer(fault: ServerFault, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (fault === "refuse") {
    request.socket.destroy();
    return true;
  }
  if (fault === "slow") await wait(SLOW_MS);
  if (!/^\d+$/.test(fault)) return fault === "stall";
  response.writeHead(Number(fault), {
    "content-type": "application/json",
    ...(fault === "429" ? { "retry-after": "15", "ratelimit-reset": String(Math.floor(Date.now() / 1000) + 15) } : {}),
  });
  response.end(JSON.stringify({ message: `${fault} (simulated fault)` }));
  return true;
}

/** Sends a good answer badly; true: it was sent. */
export async function spoilAnswer(fault: ServerFault, response: ServerResponse, type: string, text: string): Promise<boolean> {
  if (fault === "garble") response.end(`${text.slice(0, text.length / 2)}\u0000}{ garbled`);
  else if (fault === "clock +5 min") {
    response.writeHead(200, { "content-type": type, date: new Date(Date.now() + SKEW_MS).toUTCString() });
    response.end(shiftClock(text, SKEW_MS));
  } else if (fault === "cut" || fault === "drip") {
    response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(text) });
    if (fault === "drip") await drip(response, text);
    else response.write(text.slice(0, text.length / 2), () => response.socket?.destroy());
  } else return false;
  return true;
}

/** 64 characters each 50 ms. */
async function drip(response: ServerResponse, text: string): Promise<void> {
  for (let index = 0; index < text.length && !response.destroyed; index += 64) {
    response.write(text.slice(index, index + 64));
    await wait(50);
  }
  response.end();
}
