import { describe, expect, it } from "vitest";
import { findProxy } from "./find-proxy.ts";

const proxied = { HTTPS_PROXY: "http://proxy.example:3128" };

describe("findProxy", () => {
  it("prefers proxy-url, then the environment by scheme", () => {
    expect(findProxy("https://a.example", "socks5://p.example:1080", proxied)).toBe("socks5://p.example:1080");
    expect(findProxy("https://a.example", undefined, proxied)).toBe("http://proxy.example:3128");
    expect(findProxy("https://a.example", undefined, { https_proxy: "proxy.example:3128" })).toBe("http://proxy.example:3128");
    expect(findProxy("http://a.example", undefined, proxied)).toBeNull();
    expect(findProxy("http://a.example", undefined, { HTTP_PROXY: "http://plain.example" })).toBe("http://plain.example");
    expect(findProxy("https://a.example", undefined, {})).toBeNull();
  });

  it.each([
    ["https://api.example", "api.example", true],
    ["https://api.example", "example", true],
    ["https://api.example", ".example", true],
    ["https://example", ".example", false],
    ["https://notexample", "example", false],
    ["https://api.example:6443", "api.example:6443", true],
    ["https://api.example:6443", "api.example:443", false],
    ["https://api.example", "api.example:443", true],
    ["https://10.1.2.3", "10.0.0.0/8", true],
    ["https://11.1.2.3", "10.0.0.0/8", false],
    ["https://10.1.2.3", "10.1.2.3", true],
    ["https://[fd00::1]", "fd00::/8", true],
    ["https://[fd00::1]:6443", "10.0.0.0/8,nonsense/99, ,fd00::1", true],
    ["https://api.example", "other, *", true],
    ["https://127.0.0.1:6443", "", true],
    ["https://localhost:6443", "", true],
  ])("%s with NO_PROXY=%s goes straight: %s", (server, noProxy, straight) => {
    expect(findProxy(server, undefined, { ...proxied, NO_PROXY: noProxy }) === null).toBe(straight);
  });

  it("does not quote what is not a proxy URL", () => {
    expect(() => findProxy("https://a", "ftp://u:geheim@p", {})).toThrow(/^proxy-url: is not an http, https or socks5 URL/);
    expect(() => findProxy("https://a", undefined, { HTTPS_PROXY: "http://u:geheim@ p" })).toThrow(/^(?!.*geheim)HTTPS_PROXY/);
  });
});
