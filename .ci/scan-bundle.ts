// After the build: no server-only word may be in what browsers download, and its size is printed.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { findServerWords } from "./server-words.ts";

const folder = path.resolve(import.meta.dirname, "../.next/static");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js") || file.endsWith(".css"));
if (files.length === 0) {
  console.error("No built files in .next/static. Run the build first.");
  process.exit(1);
}
let leaks = 0;
let bytes = 0;
for (const file of files) {
  const text = readFileSync(path.join(folder, file), "utf8");
  bytes += gzipSync(text).length;
  for (const word of findServerWords(text)) {
    leaks += 1;
    console.error(`${file}: contains "${word}". Find the import that pulls server code into the browser and make it "import type".`);
  }
}
console.log(`${files.length} files, ${(bytes / 1024).toFixed(0)} KiB compressed in all, ${leaks} server-only words`);
process.exit(leaks === 0 ? 0 : 1);
