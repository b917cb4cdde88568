import type { SectionMark } from "./parse-line.ts";
import type { LogSection } from "./schema.ts";

/** More sections than this are no help to a reader; the text stays. */
const MOST_SECTIONS = 5_000;
const MOST_OPEN = 20;
const HEADER_LENGTH = 300;

/** Follows which section is open while lines come in. Sections are in the order of their headers. */
export class SectionTracker {
  readonly sections: LogSection[] = [];
  #open: LogSection[] = [];
  /** Begun on a line without text: the next line is its header. */
  #headless: LogSection | null = null;

  /**
   * A line with its marks. `number`: the line's own number, or the next line's where it has no text. `text`: what it shows. The line of a header is
   * the section's first; a section ends with the line before the one that ends it.
   */
  take(marks: readonly SectionMark[], number: number, text: string, stampMs: number | null): void {
    if (marks.length === 0) return this.#nameHeadless(number, text);
    for (const mark of marks) {
      const atMs = stampMs ?? mark.atMs;
      if (mark.kind === "end") this.#close(mark.name, number - 1, atMs);
      else this.#begin(mark, number, text, atMs);
    }
  }

  #nameHeadless(number: number, text: string): void {
    if (this.#headless === null) return;
    this.#headless.header = text.slice(0, HEADER_LENGTH) || this.#headless.name;
    this.#headless.from = number;
    this.#headless = null;
  }

  #begin({ name, collapsed }: SectionMark, number: number, text: string, atMs: number): void {
    if (this.sections.length >= MOST_SECTIONS || this.#open.length >= MOST_OPEN) return;
    const section: LogSection = {
      name,
      header: text.slice(0, HEADER_LENGTH) || name,
      from: number,
      to: null,
      startMs: atMs,
      endMs: null,
      depth: this.#open.length,
      collapsed,
    };
    this.sections.push(section);
    this.#open.push(section);
    this.#headless = text === "" ? section : null;
  }

  /** Closes the innermost section of this name, and what is still open inside it. An end without a beginning is nobody's. */
  #close(name: string, to: number, atMs: number): void {
    const index = this.#open.findLastIndex((section) => section.name === name);
    if (index === -1) return;
    for (const section of this.#open.splice(index)) {
      section.to = Math.max(section.from, to);
      section.endMs = atMs;
    }
    this.#headless = null;
  }
}
