/** One fact of the block: a label and what is to be said of it. */
export interface MarkdownFact {
  label: string;
  value: string;
  /** Written as code: names, fields, addresses of images. */
  code?: boolean;
}

/** What a copied block holds; every text in it may come from a pod. */
export interface EvidenceBlock {
  title: string;
  lead: string;
  facts: readonly MarkdownFact[];
  lists: readonly { title: string; items: readonly string[] }[];
  tables: readonly { title: string; head: readonly string[]; rows: readonly (readonly string[])[] }[];
  links: readonly { text: string; href: string }[];
}

/** Characters that mean something in GitLab Flavored Markdown, also the signs of mentions and references, which would call people. */
const MEANING = /[\\`*_{}[\]<>()#+!|~@$%&:^-]/g;

/** Foreign text in a sentence: it mentions nobody, links nowhere, formats nothing. */
export function escapeMarkdown(text: string): string {
  return flat(text).replaceAll(MEANING, (sign) => (/[-:.()]/.test(sign) ? sign : `\\${sign}`));
}

/** Foreign text as code, in a fence longer than any within it (CommonMark 0.31, code spans). */
export function codeSpan(text: string): string {
  const clean = flat(text).replaceAll("|", "¦");
  const longest = Math.max(0, ...[...clean.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = clean.startsWith("`") || clean.endsWith("`") || clean === "" ? " " : "";
  return `${fence}${pad}${clean}${pad}${fence}`;
}

const flat = (text: string) => text.replaceAll(/\s+/g, " ").trim();

/** The block as Markdown that GitLab, GitHub and chats read. */
export function writeMarkdown({ title, lead, facts, lists, tables, links }: EvidenceBlock): string {
  const lines = [`### ${escapeMarkdown(title)}`, "", escapeMarkdown(lead), ""];
  for (const { label, value, code } of facts)
    lines.push(`- **${escapeMarkdown(label)}:** ${code === true ? codeSpan(value) : escapeMarkdown(value)}`);
  for (const list of lists) {
    if (list.items.length === 0) continue;
    lines.push("", `**${escapeMarkdown(list.title)}**`, "", ...list.items.map((item) => `- ${escapeMarkdown(item)}`));
  }
  for (const { title: name, head, rows } of tables) {
    if (rows.length === 0) continue;
    const row = (cells: readonly string[]) => `| ${cells.map((cell) => (cell === "" ? " " : codeSpan(cell))).join(" | ")} |`;
    lines.push("", `**${escapeMarkdown(name)}**`, "");
    lines.push(`| ${head.map(escapeMarkdown).join(" | ")} |`, `|${head.map(() => " --- |").join("")}`, ...rows.map(row));
  }
  if (links.length > 0)
    lines.push("", links.map(({ text, href }) => `[${escapeMarkdown(text)}](<${encodeURI(decodeSafe(href))}>)`).join(" · "));
  return `${lines.join("\n")}\n`;
}

/** So that what is encoded already is not encoded twice. */
function decodeSafe(href: string): string {
  try {
    return decodeURI(href);
  } catch {
    return href;
  }
}
