import { describe, expect, it } from "vitest";
import { scrubText } from "./scrub-text.ts";
import { processorMs } from "../testing/processor-time.ts";

const SECRET = "hunter2SecretValue99";

describe("scrubText", () => {
  it.each([
    `Failed to pull image "https://user:${SECRET}@registry.example/app:1"`,
    `//${SECRET}@host/path`,
    `git clone https://oauth2:pa@${SECRET}@gitlab.example/a.git`,
    `postgres://app:pa/${SECRET}@db:5432/x`,
    `GET https://s3.example/x?X-Amz-Signature=${SECRET}&a=b`,
    `https://blob.example/x?sv=1&sig=${SECRET}`,
    `token=${SECRET}`,
    `TOKEN: ${SECRET}`,
    `{"password":"${SECRET} with spaces"}`,
    `DB_PASSWORD='${SECRET} x'`,
    `my-api-key=${SECRET}`,
    `client_secret = ${SECRET}`,
    `Authorization: Bearer ${SECRET}`,
    `authorization: basic ${SECRET}==`,
    `bearer\t${SECRET}`,
    `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN OPENSSH PRIVATE KEY-----\\n${SECRET}`,
    `jwt eyJhbGciOiJub25l.${SECRET}.x`,
    `glpat-${SECRET}`,
    `using glrt-t1_${SECRET} now`,
    `tok\u001B[31men=${SECRET}`,
  ])("takes the secret out of %j", (text) => {
    expect(scrubText(text)).not.toContain(SECRET);
    expect(scrubText(text)).toContain("[removed]");
  });

  it.each([
    `Failed to pull image "localhost/nope:1": failed to do request: Head "http://localhost/v2/nope/manifests/1": dial tcp 127.0.0.1:80: connect: connection refused`,
    `Head "https://reg.example:5000/v2/a/manifests/sha256:0123": not found`,
    `no basic auth credentials`,
    `MountVolume.SetUp failed for volume "v" : secret "db" not found`,
    `0/5 nodes are available: 5 Insufficient cpu.\n\tmore`,
    `http://10.77.0.1:8929/group/sample/-/jobs/1014`,
    `reg.example/app@sha256:${"0".repeat(64)}`,
    `global-registry-mirror: not reachable`,
    "单元测试 🚀",
  ])("leaves %j alone", (text) => {
    expect(scrubText(text)).toBe(text);
  });

  it("removes escape sequences, control characters and bidi controls, keeps lines and tabs", () => {
    expect(scrubText("\u001B[1;31mred\u001B[0m \u001B]8;;http://evil\u0007link\u001B]8;;\u0007\u0000\u0007\u202Eb\u2066a\tx\ny\r\n")).toBe(
      "red linkba\tx\ny\n",
    );
  });

  it("cuts without halving a character", () => {
    expect(scrubText("abcdef", 4)).toBe("abc…");
    expect(scrubText("ab🚀cd", 4)).toBe("ab…");
    expect(scrubText("x".repeat(5000).concat(" tail"), 1000)).toHaveLength(1);
    expect(scrubText("word ".repeat(2000), 100)).toHaveLength(100);
  });

  it("does not let a cut hide the end by which a secret is recognised", () => {
    for (let pad = 300; pad < 420; pad++) {
      expect(scrubText(`${"a ".repeat(pad / 2)}https://user:${SECRET}@host`, 100)).not.toContain("hunter2");
    }
    // A key that fills the rest is removed before the cut.
    expect(scrubText(`-----BEGIN PRIVATE KEY-----\n${`${SECRET}\n`.repeat(10_000)}`, 200)).not.toContain(SECRET);
  });

  it("takes little time with hostile texts", async () => {
    const pieces = ["//a:b", "token", "a-", "://", "=", "-----BEGIN A-----", "\u001B]", "eyJ", "Bearer ", "secret="];
    expect(await processorMs(() => pieces.forEach((piece) => scrubText(piece.repeat(200_000))))).toBeLessThan(5_000);
  });
});
