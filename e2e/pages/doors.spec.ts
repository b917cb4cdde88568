import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { startProduct, type Product } from "../product.ts";
import { expect, test } from "./fixture.ts";

/** What the server answers before anybody knows who asks: foreign hosts, broken paths, bodies without end, headers of every answer. */
let product: Product;
let folder: string;

test.beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "runnerscope-doors-"));
  for (const name of ["token", "secret"]) writeFileSync(path.join(folder, name), name);
  product = await startProduct({
    KUBECONFIG: "/nonexistent/kubeconfig",
    RUNNERSCOPE_HOST: "0.0.0.0",
    RUNNERSCOPE_ALLOWED_HOSTS: "ci.example.com",
    GITLAB_URL: "http://127.0.0.1:9",
    GITLAB_TOKEN_FILE: path.join(folder, "token"),
    GITLAB_WEBHOOK_SECRET_FILE: path.join(folder, "secret"),
  });
});
test.afterAll(async () => {
  await product.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** fetch would not let us choose the Host, and would repair the path. */
function ask(target: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const { hostname, port } = new URL(product.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: target, method, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

test("another name than those that are allowed is refused on every path and with every method", async () => {
  for (const target of ["/", "/jobs", "/j/%ZZ", "/api/v1/jobs", "/api/v1/stream", "/metrics", "/healthz", "/nothing"])
    for (const method of ["GET", "POST"]) {
      const { status, headers } = await ask(target, { host: "evil.example" }, method);
      expect([target, method, status, headers["content-type"]]).toEqual([target, method, 421, "application/problem+json"]);
    }
  expect((await ask("/jobs", { host: "ci.example.com" })).status).toBe(200);
  // The kubelet's probes name the pod by its address.
  expect((await ask("/healthz", { host: "10.244.0.7:3000" })).status).toBe(200);
  expect(product.log()).toContain("Listens on 0.0.0.0");
});

test("every answer carries its headers: pages, the API, files, errors", async () => {
  const page = (await ask("/jobs")).text;
  const script = /\/_next\/static\/[^"]+\.js/.exec(page)?.[0] ?? "";
  expect(script).not.toBe("");
  const none = /default-src 'none'.*frame-ancestors 'none'/;
  const strict = /default-src 'self'; script-src 'self' 'nonce-[\w+/=]{20,}' 'strict-dynamic'.*object-src 'none'.*frame-ancestors 'none'/;
  const policies: [target: string, policy: RegExp][] = [
    ["/", strict],
    ["/jobs/a/b", strict],
    ["/nothing", strict],
    ["/jobs/%E0%A4%A/x", strict],
    ["/icon.svg", strict],
    ["/api/v1/fleet", none],
    ["/api/v1/nothing", none],
    ["/api/v1/jobs?limit=-1", none],
    ["/api/v1/jobs/%ZZ/x", none],
    ["/metrics", none],
    ["/readyz", none],
    [script, none],
  ];
  for (const [target, policy] of policies) {
    const { headers } = await ask(target);
    expect(headers, target).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "content-security-policy": expect.stringMatching(policy),
    });
    expect(headers, target).not.toHaveProperty("x-powered-by");
  }
  const nonce = async () => /nonce-([\w+/=]+)/.exec(String((await ask("/jobs")).headers["content-security-policy"]))?.[1];
  expect(await nonce()).not.toBe(await nonce());
});

test("a path whose escapes are broken is the reader's mistake, not a failure", async ({ page, openStage, consoleErrors }) => {
  for (const target of ["/jobs/%E0%A4%A/x", "/jobs/test/%ZZ", "/j/%ZZ", "/%ZZ"]) expect((await ask(target)).status, target).toBe(404);
  for (const target of ["/api/v1/jobs/%E0%A4%A/x", "/api/v1/jobs/by-gitlab/%ZZ", "/api/v1/jobs/%ZZ/x/events", "/api/%ZZ"]) {
    const { status, text } = await ask(target);
    expect([target, status, JSON.parse(text)]).toMatchObject([target, 400, { status: 400, field: "path" }]);
  }
  consoleErrors.allow(/status of 404/);
  const stage = await openStage();
  await page.goto(`${stage.url}/jobs/%E0%A4%A/x`);
  await expect(page.getByRole("heading", { level: 1, name: "This page does not exist" })).toBeVisible();
  await page.getByRole("main").getByRole("link").click();
  await expect(page).toHaveURL(`${stage.url}/`);
});

test("a webhook without the right token is cut off, however long its body is", async () => {
  const head = ["POST /api/v1/hooks/gitlab HTTP/1.1", "Host: localhost"];
  for (const token of [[], ["X-Gitlab-Token: wrong"]]) {
    expect((await pour([...head, ...token], "after the answer")).answer).toMatch(/^HTTP\/1\.1 401 /);
    // What fits into the buffers of two sockets has left before the connection is gone.
    expect((await pour([...head, ...token], "at once")).sent).toBeLessThan(64 * 1024 * 1024);
  }
  expect((await pour([...head, "X-Gitlab-Token: secret"], "at once")).sent).toBeLessThan(64 * 1024 * 1024);
});

/**
 * Sends a body that never ends, until the server ends the connection. An answer is surely read only by one that waits for it: a server that closes on
 * bytes it has not read resets, and the answer may go with it.
 */
function pour(head: string[], when: "at once" | "after the answer"): Promise<{ answer: string; sent: number }> {
  const { hostname, port } = new URL(product.url);
  return new Promise((resolve) => {
    let answer = "";
    let sent = 0;
    const socket = connect(Number(port), hostname);
    const piece = Buffer.from(`10000\r\n${"a".repeat(65_536)}\r\n`);
    const more = () => {
      while (!socket.destroyed && socket.writable) {
        sent += 65_536;
        if (!socket.write(piece)) break;
      }
    };
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString();
      more();
    });
    socket.on("drain", more);
    socket.on("error", () => {});
    socket.on("close", () => resolve({ answer, sent }));
    socket.write(`${[...head, "Content-Type: application/json", "Transfer-Encoding: chunked"].join("\r\n")}\r\n\r\n`);
    if (when === "at once") more();
  });
}
