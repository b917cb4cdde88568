import { expect, it } from "vitest";
import { jobPathOfKey, linkHost, readPathPart, safeUrl } from "./job-path.ts";

it.each([
  ["prod/4c1f", "/jobs/prod/4c1f"],
  ["arn:aws:eks:eu-west-1:1:cluster/prod/4c1f", "/jobs/arn%3Aaws%3Aeks%3Aeu-west-1%3A1%3Acluster%2Fprod/4c1f"],
])("the page of %s is %s", (key, path) => expect(jobPathOfKey(key)).toBe(path));

it("reads back what it wrote, and survives broken escapes", () => {
  expect(readPathPart("a%2Fb%20c")).toBe("a/b c");
  expect(readPathPart("%E0%A4%A")).toBeNull();
});

it.each(["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:alert(1)", "//evil", "ftp://x/", "not a url", ""])(
  "never links %j",
  (address) => expect(safeUrl(address)).toBeNull(),
);
it("links http and https", () => expect(safeUrl("https://gitlab.example/a/-/jobs/1")).toBe("https://gitlab.example/a/-/jobs/1"));

it.each([
  ["https://gitlab.example/a/-/jobs/1", "gitlab.example"],
  ["http://10.0.0.1:8080/a", "10.0.0.1:8080"],
  // Whose it is stands at the end, and what looks like the host before an @ is none.
  ["https://gitlab.example@evil.example/a/-/jobs/1", "evil.example"],
  ["https://gitlab.example.com.signin.accounts.of.evil.example/a", "….com.signin.accounts.of.evil.example"],
  // A Cyrillic letter.
  ["https://gitl\u0430b.example/a", "xn--gitlb-7ve.example"],
])("the link to %s says %s", (address, host) => {
  const shown = linkHost(safeUrl(address) ?? "");
  expect([shown.endsWith(host.replace("…", "")), shown.length <= 40, shown.startsWith("…")]).toEqual([true, true, host.startsWith("…")]);
});
