// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Frame } from "../frame.ts";
import { Connection, POLL_MS, PROBE_MS, SILENCE_MS } from "./connection.ts";

const encoder = new TextEncoder();
const PING = encoder.encode(
  `data: ${JSON.stringify({ type: "ping", epoch: "e1", at: "2026-03-01T12:00:00.000Z", revision: 7 } satisfies Frame)}\n\n`,
);
const settle = () => vi.advanceTimersByTimeAsync(1);

const urls: string[] = [];
/** The stream that is open: the proxy passes nothing of it on unless a test does. */
let stream: ReadableStreamDefaultController<Uint8Array> | null = null;

beforeEach(() => {
  vi.useFakeTimers();
  urls.length = 0;
});
afterEach(() => void vi.useRealTimers());

/** What a proxy does that collects an answer until it ends. */
const behindProxy = () => {
  const states: string[] = [];
  let polled = false;
  let broken = false;
  const through = ((url: string, init: RequestInit) => {
    urls.push(url);
    if (url.includes("once=1")) return broken ? Promise.reject(new TypeError("gone")) : Promise.resolve(new Response(PING));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller;
        init.signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
      },
    });
    return Promise.resolve(new Response(body));
  }) as typeof fetch;
  const connection = new Connection({
    url: "/s?topic=fleet",
    position: () => ({ epoch: "e1", revision: 7 }),
    onFrame: () => "applied",
    onState: (state, _retryAt, byPolls) => {
      if (states.at(-1) !== state) states.push(state);
      polled = byPolls;
    },
    fetch: through,
    random: () => 1,
  });
  connection.start();
  return { connection, states, polled: () => polled, breakOff: () => (broken = true) };
};
const shortAsked = () => urls.filter((url) => url.includes("once=1")).length;

it("asks for short answers where the open stream brings nothing, and goes on doing so", async () => {
  const { connection, states, polled } = behindProxy();
  await vi.advanceTimersByTimeAsync(SILENCE_MS + 10);
  expect(states).toEqual(["connecting", "disconnected"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states).toEqual(["connecting", "disconnected", "live"]);
  expect(polled()).toBe(true);
  expect(urls.at(-1)).toBe("/s?topic=fleet&epoch=e1&after=7&once=1");
  const before = shortAsked();
  await vi.advanceTimersByTimeAsync(10 * POLL_MS);
  expect(shortAsked() - before).toBe(10);
  expect(states.at(-1)).toBe("live");
  connection.stop();
});

it("goes back to the stream when a short answer fails", async () => {
  const { connection, states, polled, breakOff } = behindProxy();
  await vi.advanceTimersByTimeAsync(SILENCE_MS + 1_100);
  expect(polled()).toBe(true);
  breakOff();
  await vi.advanceTimersByTimeAsync(POLL_MS - 400);
  expect(states.at(-1)).toBe("disconnected");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(urls.at(-1)).toBe("/s?topic=fleet&epoch=e1&after=7");
  stream?.enqueue(PING);
  await settle();
  expect([states.at(-1), polled()]).toEqual(["live", false]);
  connection.stop();
});

it("does not take a stream that spoke and fell silent for one that is held back", async () => {
  const { connection } = behindProxy();
  await settle();
  stream?.enqueue(PING);
  await vi.advanceTimersByTimeAsync(SILENCE_MS + 1_100);
  expect(shortAsked()).toBe(0);
  connection.stop();
});

it("tries the stream again now and then: in vain without a word to the reader, and for good when it comes through", async () => {
  const { connection, states, polled } = behindProxy();
  await vi.advanceTimersByTimeAsync(SILENCE_MS + 1_000);
  const streams = () => urls.filter((url) => !url.includes("once=1")).length;
  expect([states.at(-1), streams()]).toEqual(["live", 1]);
  const untilStream = async (count: number) => {
    for (let step = 0; streams() < count && step < 1_000; step++) await vi.advanceTimersByTimeAsync(100);
  };
  await untilStream(2);
  expect([streams(), polled()]).toEqual([2, true]);
  await vi.advanceTimersByTimeAsync(PROBE_MS);
  const asked = shortAsked();
  await vi.advanceTimersByTimeAsync(2 * POLL_MS);
  expect(shortAsked()).toBe(asked + 2);
  expect(states).toEqual(["connecting", "disconnected", "live"]);
  await untilStream(3);
  stream?.enqueue(PING);
  await settle();
  expect([states.at(-1), polled()]).toEqual(["live", false]);
  const before = shortAsked();
  await vi.advanceTimersByTimeAsync(3 * POLL_MS);
  expect(shortAsked()).toBe(before);
  connection.stop();
});
