import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { VERDICT_SHAPES } from "@/components/jobs/verdict-shape.ts";
import { Shape, SHAPES } from "./shape.tsx";

const names = Object.keys(SHAPES) as (keyof typeof SHAPES)[];

/** Colour, width and caps do not tell shapes apart: only geometry and dashes do. */
function outline(name: (typeof names)[number]): string {
  const markup = renderToStaticMarkup(<Shape name={name} />);
  return [...markup.matchAll(/ (d|cx|cy|r|x|y|rx|width|height|stroke-dasharray)="([^"]*)"/g)]
    .map(([, key, value]) => `${key}=${value}`)
    .join(" ");
}

describe("shapes", () => {
  it("each has an outline of its own", () => {
    const outlines = names.map(outline);
    expect(outlines.every((text) => text.length > 5)).toBe(true);
    expect(new Set(outlines).size).toBe(names.length);
  });

  it("keep their shape in forced colours: every stroke and fill is currentColor or none", () => {
    for (const name of names) {
      const paints = [...renderToStaticMarkup(<Shape name={name} />).matchAll(/ (?:fill|stroke)="([^"]*)"/g)].map(([, paint]) => paint);
      expect(paints.filter((paint) => paint !== "currentColor" && paint !== "none")).toEqual([]);
    }
  });

  it("exist for every verdict", () => {
    expect(Object.values(VERDICT_SHAPES).filter(({ shape }) => !names.includes(shape))).toEqual([]);
  });

  it("are silent: the word beside them is read", () =>
    expect(renderToStaticMarkup(<Shape name="ok" tone="ok" />)).toContain('aria-hidden="true"'));
});
