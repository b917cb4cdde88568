import { describe, expect, it } from "vitest";
import { codeSpan, escapeMarkdown, writeMarkdown } from "./write-markdown.ts";

describe("writeMarkdown", () => {
  it("writes a block that an issue and a chat can show", () => {
    expect(
      writeMarkdown({
        title: "build was OOM-killed",
        lead: "Confirmed.",
        facts: [
          { label: "Node", value: "ci-1" },
          { label: "Pod", value: "ci/runner-1", code: true },
        ],
        lists: [
          { title: "Evidence", items: ["12:00:00 pod status: reason OOMKilled"] },
          { title: "Nothing", items: [] },
        ],
        tables: [{ title: "Containers", head: ["Name", "Peak"], rows: [["build", ""]] }],
        links: [{ text: "This page", href: "http://localhost:3000/jobs/a/b?x=%20y" }],
      }),
    ).toBe(
      [
        "### build was OOM-killed",
        "",
        "Confirmed.",
        "",
        "- **Node:** ci-1",
        "- **Pod:** `ci/runner-1`",
        "",
        "**Evidence**",
        "",
        "- 12:00:00 pod status: reason OOMKilled",
        "",
        "**Containers**",
        "",
        "| Name | Peak |",
        "| --- | --- |",
        "| `build` |   |",
        "",
        "[This page](<http://localhost:3000/jobs/a/b?x=%20y>)",
        "",
      ].join("\n"),
    );
  });

  it("lets foreign text mention nobody, link nowhere and break out of nothing", () => {
    expect(escapeMarkdown("@all see [x](javascript:1) <img src=x> `a` ~label !12 #3\n# head")).toBe(
      "\\@all see \\[x\\](javascript:1) \\<img src=x\\> \\`a\\` \\~label \\!12 \\#3 \\# head",
    );
    expect(codeSpan("a``b|c")).toBe("```a``b¦c```");
    expect(codeSpan("`x")).toBe("`` `x ``");
  });
});
