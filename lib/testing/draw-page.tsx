import { act } from "react";
import type { ReactNode } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { expect, vi } from "vitest";
import { settle } from "./render-view.tsx";

/** What no page may show: a key instead of words, a value that was not written out, a placeholder. */
const LEAKS = /undefined|NaN|\[object|\{[a-z]+\}|\b(?:now|jobs|job|nodes|managers|sources|fleet|common)\.[a-z-]+\.[a-z]/i;

/** What a reader reads; commands to copy may hold braces. */
const textOf = (html: string) =>
  html
    .replaceAll(/<pre>.*?<\/pre>/gs, " ")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");

/** Draws on the server, then in the browser over the server's HTML: both must agree, and neither may complain. */
export async function draw(page: ReactNode): Promise<string> {
  const complaints = vi.spyOn(console, "error").mockImplementation(() => {});
  const html = renderToString(page);
  const box = document.createElement("div");
  box.innerHTML = html;
  document.body.append(box);
  const caught: unknown[] = [];
  const root = await act(async () => hydrateRoot(box, page, { onRecoverableError: (error) => caught.push(error) }));
  await settle(10);
  await act(async () => root.unmount());
  const known = /<search> is unrecognized/;
  expect(complaints.mock.calls.map((call) => call.map(String).join(" ")).filter((words) => !known.test(words))).toEqual([]);
  expect(caught).toEqual([]);
  expect(textOf(html)).not.toMatch(LEAKS);
  for (const label of html.matchAll(/(?:title|aria-label)="([^"]*)"/g)) expect(label[1]).not.toMatch(LEAKS);
  return textOf(html);
}
