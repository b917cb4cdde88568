import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { NextIntlClientProvider } from "next-intl";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { act } from "react";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import type { Root } from "react-dom/client";
import { TimeProvider } from "../../components/ui/time-context.tsx";
import type { SourceReport } from "../base/source-state.ts";
import type { Frame, SnapshotFrame } from "../stream/frame.ts";
import { buildReport } from "./build-pod-record.ts";
import { LiveProvider } from "../stream/client/use-live.tsx";

export type TestLocale = "en" | "zh-CN";

/** All words of one language, as the app hands them to the browser. */
export function readMessages(locale: TestLocale): Record<string, object> {
  const folder = path.join(import.meta.dirname, "../../app/i18n/messages", locale);
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(
    names.map((name) => [name.replace(/\.json$/, ""), JSON.parse(readFileSync(path.join(folder, name), "utf8")) as object]),
  );
}

interface PageProps {
  snapshot: SnapshotFrame;
  locale?: TestLocale;
  search?: string;
  children: ReactNode;
}

/** What the shell puts around every page. A word or a value that is missing throws instead of showing its key. */
export function TestPage({ snapshot, locale = "en", search = "", children }: PageProps) {
  const fail = (error: Error) => {
    throw error;
  };
  return (
    <NextIntlClientProvider locale={locale} messages={readMessages(locale)} timeZone="UTC" onError={fail}>
      <NuqsTestingAdapter searchParams={search} hasMemory>
        <LiveProvider initial={snapshot}>
          <TimeProvider now={Date.parse(snapshot.at)} timeZone="UTC" locale={locale}>
            {children}
          </TimeProvider>
        </LiveProvider>
      </NuqsTestingAdapter>
    </NextIntlClientProvider>
  );
}

/** A stream as the browser's fetch sees it: frames are sent by hand. */
export class TestStream {
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  /** For `vi.stubGlobal("fetch", …)`: opens a stream on each call. */
  readonly fetch = (): Promise<Response> =>
    Promise.resolve(new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) })));

  async send(frame: Frame): Promise<void> {
    await act(async () => {
      this.#controller?.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`));
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
  }
}

/** Draws into a fresh element of the document; the returned root must be unmounted. */
export async function mount(page: ReactNode): Promise<{ root: Root; box: HTMLElement }> {
  const box = document.createElement("div");
  document.body.append(box);
  const root = createRoot(box);
  await act(async () => root.render(page));
  return { root, box };
}

export const TEST_AT = "2026-03-01T13:30:00.000Z";

/** The first snapshot of a page, as the server would hand it over. */
export function buildSnapshot(
  entities: SnapshotFrame["entities"],
  sources: SourceReport[] = [buildReport("kubernetes-pods", { lastHeardAt: TEST_AT })],
  topic = "fleet",
): SnapshotFrame {
  return { type: "snapshot", epoch: "e", at: TEST_AT, topic, revision: 1, entities, sources };
}

/** Lets timers, deferred values and frames run for so long. */
export async function settle(ms: number): Promise<void> {
  await act(() => new Promise((resolve) => setTimeout(resolve, ms)));
}

export async function pressKey(key: string, target: EventTarget = document.body): Promise<void> {
  await act(async () => void target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));
  await settle(50);
}

export async function clickOn(element: HTMLElement): Promise<void> {
  await act(async () => element.click());
  await settle(20);
}

/** Types as a person does: React hears it. */
export async function typeInto(input: HTMLInputElement, text: string): Promise<void> {
  await act(async () => {
    // The prototype's own setter: React watches the one on the element.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await settle(20);
}
