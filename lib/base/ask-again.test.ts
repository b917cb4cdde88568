import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Agent, request } from "undici";
import { askAgainIfClosed } from "./ask-again.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Answers as `onRequest` says; `nth`: which request of its connection. Returns the address and how many connections and requests there were. */
async function serve(onRequest: (socket: Socket, nth: number) => void) {
  const seen = { connections: 0, requests: 0 };
  const server: Server = createServer((socket) => {
    seen.connections += 1;
    let nth = 0;
    socket.on("error", () => {});
    socket.on("data", () => {
      seen.requests += 1;
      onRequest(socket, (nth += 1));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const agent = new Agent({ connections: 1, pipelining: 1, keepAliveTimeout: 60_000 });
  open.push(
    () => agent.destroy(),
    () => server.close(),
  );
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  const get = async () => (await askAgainIfClosed(() => request(url, { dispatcher: agent }))).body.text();
  return { seen, get, url, agent };
}

const answer = (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok");

test.each([
  ["closes", (socket: Socket) => socket.end()],
  ["resets", (socket: Socket) => socket.resetAndDestroy()],
])("a server that %s a kept connection under the next request is asked once more", async (_, close) => {
  const { seen, get, url, agent } = await serve((socket, nth) => void (nth === 1 ? answer(socket) : close(socket)));
  expect(await get()).toBe("ok");
  expect(await get()).toBe("ok");
  expect(seen).toEqual({ connections: 2, requests: 3 });
  await expect(request(url, { dispatcher: agent })).rejects.toMatchObject({
    code: expect.stringMatching(/UND_ERR_SOCKET|ECONNRESET/) as string,
  });
});

test("a server that closes each new connection is asked no second time", async () => {
  const { seen, get } = await serve((socket) => void socket.end());
  await expect(get()).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
  expect(seen).toEqual({ connections: 1, requests: 1 });
});

test("half of an answer is not asked for again", async () => {
  const { seen, get } = await serve((socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", () => socket.end()));
  await expect(get()).rejects.toThrow(/other side closed|terminated|aborted/);
  expect(seen.requests).toBe(1);
});
