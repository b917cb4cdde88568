import { afterEach, expect, test, vi } from "vitest";
import { FakeClock } from "../../testing/fake-clock.ts";
import { settle } from "../../testing/scripted-api.ts";
import { ApiError } from "./api-error.ts";
import { ApiLiveness } from "./api-liveness.ts";
import type { Api, Ask } from "./api-request.ts";
import { RequestMeter } from "./request-meter.ts";

/** A question that the test sends, answers and ends. */
interface Question extends Ask {
  path: string;
  end: (error: ApiError | null) => void;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function setUp({ wanted = true } = {}) {
  const clock = new FakeClock();
  const questions: Question[] = [];
  const api: Api = {
    get: (path, ask) =>
      new Promise((resolve, reject) => {
        ask.signal.addEventListener("abort", () => reject(ask.signal.reason));
        questions.push({ ...ask, path, end: (error) => (error === null ? resolve({}) : reject(error)) });
      }),
    review: () => Promise.reject(new Error("not asked")),
    async open() {
      return (async function* () {
        yield Buffer.from("x");
      })();
    },
  };
  const onSilence = vi.fn<(detail: string) => void>();
  const onReturn = vi.fn<() => void>();
  const liveness = new ApiLiveness({ api, clock, meter: () => new RequestMeter(clock), wanted: () => wanted, onSilence, onReturn });
  stops.push(() => liveness.stop());
  liveness.start();
  const pass = async (ms: number) => {
    await settle();
    clock.advance(ms);
    await settle();
  };
  return { clock, questions, liveness, onSilence, onReturn, pass };
}

test("asks for the version after 4.5 s of silence, and tells after 5 s more", async () => {
  const { questions, onSilence, pass } = setUp();
  await pass(4_499);
  expect(questions).toHaveLength(0);
  await pass(1);
  expect(questions.map(({ path }) => path)).toEqual(["/version"]);
  questions[0]!.onSent?.();
  await pass(5_000);
  expect(onSilence).not.toHaveBeenCalled();
  await pass(100);
  expect(onSilence).toHaveBeenCalledExactlyOnceWith("the API server did not answer for 5 s");
});

test("the time to answer begins when the request is sent: credentials may take longer", async () => {
  const { questions, onSilence, pass } = setUp();
  await pass(4_500);
  await pass(60_000);
  expect(onSilence).not.toHaveBeenCalled();
  questions[0]!.onSent?.();
  questions[0]!.end(null);
  await settle();
  expect(onSilence).not.toHaveBeenCalled();
});

test("an answer that came while the process was busy counts, though its timer fires first", async () => {
  const { questions, onSilence, clock, pass } = setUp();
  await pass(4_500);
  questions[0]!.onSent?.();
  clock.advance(5_000);
  questions[0]!.end(null);
  await pass(200);
  expect(onSilence).not.toHaveBeenCalled();
});

test("what the watches hear postpones the question, and ends the doubt while it is asked", async () => {
  const { questions, liveness, onSilence, pass } = setUp();
  const hear = async () => {
    const ask = { signal: new AbortController().signal, meter: new RequestMeter(new FakeClock()) };
    for await (const _piece of await liveness.api.open("/watch", ask));
  };
  await pass(3_000);
  await hear();
  await pass(3_000);
  expect(questions).toHaveLength(0);
  await pass(1_500);
  expect(questions).toHaveLength(1);
  questions[0]!.onSent?.();
  await pass(2_000);
  await hear();
  await pass(3_200);
  expect(onSilence).not.toHaveBeenCalled();
});

test.each(["tls", "credentials", "protocol", "throttled", "server", "unauthorized", "forbidden"] as const)(
  "%s is not silence",
  async (kind) => {
    const { questions, onSilence, pass } = setUp();
    await pass(4_500);
    questions[0]!.end(new ApiError(kind, "as the server says"));
    await pass(0);
    expect(onSilence).not.toHaveBeenCalled();
  },
);

test("a network error twice is silence; the first answer afterwards is told once", async () => {
  const { questions, onSilence, onReturn, pass } = setUp();
  const refused = new ApiError("unreachable", "ECONNREFUSED");
  await pass(4_500);
  questions[0]!.end(refused);
  await settle();
  questions[1]!.end(refused);
  await settle();
  expect(onSilence).toHaveBeenCalledExactlyOnceWith("ECONNREFUSED");
  for (const index of [2, 3]) {
    await pass(4_500);
    questions[index]!.end(null);
    await settle();
    expect(onReturn).toHaveBeenCalledOnce();
  }
});

test("nothing is asked while nobody wants to know; stopping leaves no timer", async () => {
  const idle = setUp({ wanted: false });
  await idle.pass(60_000);
  expect(idle.questions).toHaveLength(0);
  const { clock, questions, liveness, onSilence, pass } = setUp();
  await pass(4_500);
  questions[0]!.onSent?.();
  await liveness.stop();
  expect(clock.pending).toBe(0);
  expect(onSilence).not.toHaveBeenCalled();
});
