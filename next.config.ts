import type { NextConfig } from "next";
import createNextIntlPlugin from "next-intl/plugin";

const withNextIntl = createNextIntlPlugin("./app/i18n/request.ts");

/** For every answer; the content policies of pages (with a nonce) and of the API are made in proxy.ts. */
const headers = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "Referrer-Policy", value: "no-referrer" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=()" },
];

/** `standalone` is what is shipped; packages with native or dynamic parts stay outside the server bundle. */
const config: NextConfig = {
  output: "standalone",
  // Several servers may be developed side by side in one checkout.
  distDir: process.env["NEXT_DIST_DIR"] ?? ".next",
  // Types are checked by their own step, over the whole repository; a start must not fail for a test file.
  typescript: { ignoreBuildErrors: true },
  // No page uses it, and proxy.ts does not see it: an endpoint less.
  images: { unoptimized: true },
  poweredByHeader: false,
  reactStrictMode: true,
  serverExternalPackages: ["@kubernetes/client-node", "undici", "pino", "prom-client"],
  // A request through proxy.ts is held in memory up to this size; only webhooks need a body, and they do not pass there.
  experimental: { proxyClientMaxBodySize: "16kb" },
  headers: () =>
    Promise.resolve([
      { source: "/:path*", headers },
      { source: "/_next/:path*", headers: [{ key: "Content-Security-Policy", value: "default-src 'none'; frame-ancestors 'none'" }] },
    ]),
};

export default withNextIntl(config);
