import { describe, expect, it } from "vitest";
import { shareText, shareValue } from "./share-equal.ts";

describe("equal values", () => {
  it("are one object, texts keep what they say", () => {
    const mounts = () => [{ volume: "repo", path: "/builds", readOnly: false }];
    expect(shareValue(mounts())).toBe(shareValue(mounts()));
    expect(shareValue([{ ...mounts()[0]!, readOnly: true }])).not.toBe(shareValue(mounts()));
    expect([shareText("node-1"), shareText(""), shareText(null)]).toEqual(["node-1", "", null]);
  });

  it("are forgotten once nobody asked for them while many others passed through, and kept while somebody does", () => {
    const rare = shareValue({ rare: true });
    const hot = shareValue({ hot: true });
    const again = Array.from({ length: 40_000 }, (_, i) => {
      shareValue({ i });
      return i % 1_000 === 0 ? shareValue({ hot: true }) : hot;
    });
    expect(new Set(again)).toEqual(new Set([hot]));
    expect(shareValue({ hot: true })).toBe(hot);
    expect(shareValue({ rare: true })).not.toBe(rare);
  });
});
