import "server-only";
import { BlockList, isIP } from "node:net";
import { AccessError } from "./cluster-access.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const PROTOCOLS = new Set(["http:", "https:", "socks5:", "socks5h:", "socks:"]);

/**
 * `proxy-url` of the kubeconfig, else HTTPS_PROXY or HTTP_PROXY with NO_PROXY, as client-go does (http.ProxyFromEnvironment,
 * golang.org/x/net/http/httpproxy). null: none. Throws AccessError for what is not a proxy URL; the message leaves out the URL.
 */
export function findProxy(server: string, proxyUrl: string | undefined, env: Environment): string | null {
  if (proxyUrl !== undefined) return checkProxy("proxy-url", proxyUrl);
  const url = new URL(server);
  const variable = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const found = env[variable] || env[variable.toLowerCase()];
  if (!found || isExempt(url, env["NO_PROXY"] || env["no_proxy"] || "")) return null;
  return checkProxy(variable, found.includes("://") ? found : `http://${found}`);
}

function checkProxy(field: string, text: string): string {
  if (!URL.canParse(text) || !PROTOCOLS.has(new URL(text).protocol)) {
    throw new AccessError(`${field}: is not an http, https or socks5 URL. Correct it, for example http://proxy.example:3128.`);
  }
  return text;
}

function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  if (host === "localhost" || isLoopback(host)) return true;
  return noProxy
    .split(",")
    .map((rule) => rule.trim().toLowerCase())
    .some((rule) => rule === "*" || (rule !== "" && matches(rule, host, port)));
}

function isLoopback(host: string): boolean {
  return host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** A rule is a network, an address, or a name that counts for everything below it; names and IPv4 addresses may have a port. */
function matches(rule: string, host: string, port: string): boolean {
  const family = isIP(host);
  const [network = "", bits] = rule.split("/");
  if (bits !== undefined) return family !== 0 && isIP(network) === family && contains(network, Number(bits), host, family);
  if (isIP(rule) !== 0) return rule === host;
  const [, name = rule, rulePort] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  if (rulePort !== undefined && rulePort !== port) return false;
  const bare = name.replace(/^\*?\./, "");
  return host.endsWith(`.${bare}`) || (host === bare && !/^\*?\./.test(name));
}

function contains(network: string, bits: number, host: string, family: number): boolean {
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}
