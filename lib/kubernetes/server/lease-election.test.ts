import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeApiServer } from "../../testing/fake-api/fake-api-server.ts";
import type { KubeObject } from "../../testing/fake-api/kube-object.ts";
import { WireClient } from "../../testing/fake-api/wire-client.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { ApiAgent } from "./api-agent.ts";
import { ApiRequest } from "./api-request.ts";
import { LeaseElection, type LeaseApi } from "./lease-election.ts";

const WAIT = { timeout: 10_000, interval: 5 };
const LEASE = { namespace: "ci", name: "runnerscope" };
const PATH = "/apis/coordination.k8s.io/v1/namespaces/ci/leases/runnerscope";

interface Lease extends KubeObject {
  spec?: { holderIdentity?: string; leaseTransitions?: number; renewTime?: string; acquireTime?: string; leaseDurationSeconds?: number };
}

/** One candidate with a clock of its own. */
class Candidate {
  readonly clock = new FakeClock();
  readonly election: LeaseElection;
  readonly lines: string[] = [];
  readonly #agent: ApiAgent;

  constructor(identity: string, api: FakeApiServer, change: { user?: string; wrap?: (inner: LeaseApi) => LeaseApi } = {}) {
    const { token } = api.access.get(change.user ?? "admin");
    const access = {
      key: "test",
      name: "test",
      namespace: null,
      server: api.url,
      connection: () =>
        Promise.resolve({ version: "1", ca: Buffer.from(api.authority.certificate), rejectUnauthorized: true, proxy: null }),
      authorize: () => Promise.resolve({ authorization: `Bearer ${token}` }),
    };
    this.#agent = new ApiAgent(access);
    const request = new ApiRequest(access, this.#agent, this.clock);
    const note = (_fields: object, message: string) => void this.lines.push(message);
    this.election = new LeaseElection({
      api: change.wrap?.(request) ?? request,
      lease: LEASE,
      identity,
      clock: this.clock,
      random: () => 0,
      close: () => this.#agent.close(),
      log: { info: note, warn: note },
    });
  }

  get elected(): boolean {
    return this.election.elected;
  }

  async start(): Promise<void> {
    this.election.start();
    await this.settled();
  }

  /** Time passes for this one alone, a turn at a time. */
  async live(ms: number): Promise<void> {
    const end = this.clock.monotonic() + ms;
    for (let next = this.clock.nextIn; next !== null && this.clock.monotonic() + next <= end; next = this.clock.nextIn) {
      this.clock.advance(next);
      await this.settled();
    }
    this.clock.advance(end - this.clock.monotonic());
  }

  /** The turn is over when the next one is planned. */
  async settled(): Promise<void> {
    await vi.waitUntil(() => this.clock.pending === 1, WAIT);
  }
}

describe("an election by a Lease", () => {
  let api: FakeApiServer;
  let candidates: Candidate[] = [];
  const stand = async (identity: string, change: ConstructorParameters<typeof Candidate>[2] = {}) => {
    const candidate = new Candidate(identity, api, change);
    candidates.push(candidate);
    await candidate.start();
    return candidate;
  };
  const lease = () => api.store.get("leases", LEASE) as Lease;

  beforeEach(async () => {
    api = await FakeApiServer.start();
    api.store.put("leases", { metadata: { ...LEASE, labels: { app: "runnerscope" } } });
  });
  afterEach(async () => {
    api.faults.clear();
    for (const { election } of candidates.splice(0)) await election.stop();
    await api.stop();
  });

  it("elects one, who keeps it; everything else on the Lease stays as it was", async () => {
    const [a, b] = [await stand("a"), await stand("b")];
    expect([a.elected, b.elected]).toEqual([true, false]);
    const first = lease();
    expect(first.metadata.labels).toEqual({ app: "runnerscope" });
    expect(first.spec).toMatchObject({ holderIdentity: "a", leaseTransitions: 1, leaseDurationSeconds: 15 });
    for (let s = 0; s < 60; s += 3) {
      await a.live(3_000);
      await b.live(3_000);
      expect([a.elected, b.elected]).toEqual([true, false]);
    }
    expect(lease().spec).toMatchObject({ holderIdentity: "a", leaseTransitions: 1, acquireTime: first.spec?.acquireTime });
    expect(lease().spec?.renewTime).not.toBe(first.spec?.renewTime);
    expect(lease().spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it("asks for nothing but get and update of that one Lease", async () => {
    api.setUser("dashboard", [{ apiGroup: "coordination.k8s.io", resource: "leases", verbs: ["get", "update"], namespace: "ci" }]);
    const a = await stand("a", { user: "dashboard" });
    await a.live(10_000);
    expect(a.elected).toBe(true);
    expect(new Set(api.requests.all().map(({ method, path }) => `${method} ${path}`))).toEqual(new Set([`GET ${PATH}`, `PUT ${PATH}`]));
  });

  it("is followed 15 s after its holder fell silent, by the follower's own clock, however wrong the clocks are", async () => {
    const [a, b] = [await stand("a"), await stand("b")];
    a.clock.jump(-3_600_000);
    await a.live(4_000);
    b.clock.jump(7_200_000);
    await b.live(14_000);
    expect(b.elected).toBe(false);
    await b.live(4_000);
    expect(b.elected).toBe(true);
    expect(lease().spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 2 });
    // It wakes up, sees the other, and stands back at once.
    await a.live(4_000);
    expect(a.elected).toBe(false);
  });

  it("one whose timers sleep does not believe it for longer than 10 s", async () => {
    const a = await stand("a");
    const held = vi.spyOn(a.clock, "monotonic");
    const at = a.clock.monotonic();
    held.mockReturnValue(at + 9_900);
    expect(a.elected).toBe(true);
    held.mockReturnValue(at + 10_100);
    expect(a.elected).toBe(false);
    held.mockRestore();
  });

  it("two who reach for it at the same moment: one gets it, the other is refused by its version and says nothing", async () => {
    let arrive: () => void = () => {};
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    let go: () => void = () => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    const late = new Candidate("late", api, {
      wrap: (inner) => ({
        get: (path, ask) => inner.get(path, ask),
        async replaceLease(name, body, ask) {
          arrive();
          await held;
          return inner.replaceLease(name, body, ask);
        },
      }),
    });
    candidates.push(late);
    const starting = late.start();
    await arrived;
    const quick = await stand("quick");
    go();
    await starting;
    expect([quick.elected, late.elected, late.election.problem, late.lines]).toEqual([true, false, null, []]);
    expect(api.requests.all().filter(({ status }) => status === 409)).toHaveLength(1);
    expect(lease().spec?.holderIdentity).toBe("quick");
  });

  it("who stops lets go, and is followed at once", async () => {
    const [a, b] = [await stand("a"), await stand("b")];
    await a.election.stop();
    expect(lease().spec).toMatchObject({ holderIdentity: "" });
    await b.live(2_500);
    expect(b.elected).toBe(true);
  });

  it("without an answer it stays elected for 10 s, then nobody is; it heals by itself", async () => {
    const a = await stand("a");
    api.faults.add({ verb: "fail", code: 503, times: "always" });
    await a.live(8_000);
    expect(a.elected).toBe(true);
    await a.live(4_000);
    expect(a.elected).toBe(false);
    expect(a.election.problem).toContain("HTTP 503");
    expect(a.lines.filter((line) => line.includes("503"))).toHaveLength(1);
    api.faults.clear();
    await a.live(5_000);
    expect([a.elected, a.election.problem]).toEqual([true, null]);
  });

  it("says what is missing: the Lease, or the right to it", async () => {
    api.store.remove("leases", LEASE);
    const a = await stand("a");
    expect(a.election.problem).toMatch(
      /^RUNNERSCOPE_LEASE: the Lease ci\/runnerscope cannot be taken: HTTP 404: .*apply deploy\/kubernetes\/lease\.yaml/,
    );
    api.store.put("leases", { metadata: { ...LEASE } });
    await a.live(5_000);
    expect([a.elected, a.election.problem]).toEqual([true, null]);
    api.setUser("narrow", []);
    const b = await stand("b", { user: "narrow" });
    expect(b.election.problem).toMatch(/HTTP 403.*Allow get and update on leases, resourceNames \["runnerscope"\], in namespace ci/);
  });

  it("the fake server locks as the real one: other version 409, none 422, not there 404, another kind 400", async () => {
    const client = new WireClient(api);
    const put = async (body: unknown, path = PATH) => (await client.call(path, { method: "PUT", body })).status;
    const now = lease();
    expect(await put({ ...now, metadata: { ...now.metadata, resourceVersion: "1" } })).toBe(409);
    expect(await put({ kind: "Lease", metadata: { name: "runnerscope" } })).toBe(422);
    expect(await put({ ...now, kind: "Pod" })).toBe(400);
    expect(await put(now, PATH.replace("runnerscope", "other"))).toBe(404);
    expect(await put(now)).toBe(200);
    expect(await put(now)).toBe(409);
    expect((await client.call(PATH, { method: "DELETE" })).status).toBe(405);
  });
});
