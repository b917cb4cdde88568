import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface OpenRecording {
  folder: string;
  readonly close: () => void;
}

/** What is wrong with a recording, for the person who gave it. */
export class RecordingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RecordingError";
  }
}

/** The folder of a recording, unpacked if it is an archive (`.tar`, `.tar.gz`, `.tgz`). Throws RecordingError. */
export function openRecording(given: string): OpenRecording {
  if (!existsSync(given)) throw new RecordingError(`${given}: there is no such file or folder.`);
  if (statSync(given).isDirectory()) return { folder: rootOf(given), close: () => {} };
  const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-recording-"));
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    // tar itself refuses absolute names and `..`.
    execFileSync("tar", ["-xf", path.resolve(given), "-C", folder, "--no-same-owner", "--no-same-permissions"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    return { folder: rootOf(folder), close };
  } catch (error) {
    close();
    if (error instanceof RecordingError) throw error;
    throw new RecordingError(`${given}: is neither a folder nor a tar archive that can be unpacked.`);
  }
}

const SIGNS = ["pods.watch.json", "records.jsonl"];

/** The folder itself, or the one folder inside it. */
function rootOf(folder: string): string {
  const isRoot = (one: string) => SIGNS.some((sign) => existsSync(path.join(one, sign)));
  if (isRoot(folder)) return folder;
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const found = inner.map((entry) => path.join(folder, entry.name)).find(isRoot);
  if (found === undefined)
    throw new RecordingError(
      `${folder}: is no recording: neither pods.watch.json (kubectl get pods -A -w -o json --output-watch-events) nor records.jsonl (npm run record) is there.`,
    );
  return found;
}
