import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { run } from "../cluster/bed/command.ts";

/** What a Debian is given, and nothing else. */
const PACKAGES = ["nodejs", "npm", "git", "ca-certificates"];
/** The oldest Node that the commands promise to start on. */
const OLDEST_NODE = 20;
/** How this machine reaches its registries, which the new one must do as well: certificates, proxies, npm's settings. */
const NETWORK_VARIABLES =
  /^(npm_config_(registry|cafile|proxy|https_proxy|noproxy)|(https?|no)_proxy|ssl_cert_(file|dir)|node_extra_ca_certs|git_ssl_cainfo)$/i;
const NETWORK_FILES = [
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/ssl/certs",
  "/usr/local/share/ca-certificates",
  "/root/.npmrc",
  "/etc/npmrc",
];

/** A Debian in a folder, as fresh as after its installation. */
export class Machine {
  readonly folder: string;
  readonly #variables: Record<string, string | undefined>;

  private constructor(folder: string) {
    this.folder = folder;
    const kept = Object.entries(process.env).filter(([name]) => NETWORK_VARIABLES.test(name));
    this.#variables = {
      ...Object.fromEntries(kept),
      HOME: "/root",
      LANG: "C.UTF-8",
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    };
  }

  /** Makes the Debian with debootstrap (root), which is installed when missing. Throws with the end of what a failed step said. */
  static async make(suite: string, parent = tmpdir()): Promise<Machine> {
    const machine = new Machine(mkdtempSync(path.join(parent, "runnerscope-fresh-")));
    if (!existsSync("/usr/sbin/debootstrap")) {
      await run("apt-get", ["update", "-q"]);
      await run("apt-get", ["install", "-qy", "--no-install-recommends", "debootstrap"]);
    }
    await run("debootstrap", ["--variant=minbase", suite, machine.folder, debianMirror()]);
    machine.#takeNetworkSettings();
    await machine.finish(["apt-get", "update", "-q"]);
    await machine.finish(["apt-get", "install", "-qy", "--no-install-recommends", ...PACKAGES]);
    // The package brings its own list of authorities in place of the copied one.
    machine.#takeNetworkSettings();
    const version = (await machine.finish(["node", "--version"])).trim();
    if (Number(/^v(\d+)/.exec(version)?.[1] ?? 0) < OLDEST_NODE)
      await machine.finish(["npm", "install", "--global", `node@${OLDEST_NODE}`]);
    return machine;
  }

  /** Runs a command in it to its end; `onLine` sees each line. Rejects when it fails. */
  async finish(command: readonly string[], onLine: (line: string) => void = () => {}): Promise<string> {
    const { child, done, text } = this.start(command, onLine);
    const code = await done;
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code ?? child.signalCode}:\n${text().slice(-4_000)}`);
    return text();
  }

  /**
   * Starts a command in it, with namespaces of its own for mounts and processes: all it starts ends with it, and nothing stays mounted.
   * It shares the network.
   */
  start(command: readonly string[], onLine: (line: string) => void = () => {}): Started {
    const enter = [
      "set -e",
      'mount -t proc proc "$0/proc"',
      'mount --rbind /dev "$0/dev"',
      'mount -t tmpfs tmpfs "$0/dev/shm"',
      'mount --bind -o ro "$1" "$0/source"',
      'root=$0; shift; exec chroot "$root" sh -c \'cd "$0" && exec "$@"\' "$@"',
    ].join("; ");
    mkdirSync(path.join(this.folder, "source"), { recursive: true });
    const cwd = existsSync(path.join(this.folder, CHECKOUT)) ? CHECKOUT : "/root";
    const namespaces = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"];
    const child = spawn("unshare", [...namespaces, "sh", "-c", enter, this.folder, SOURCE, cwd, ...command], {
      env: { ...this.#variables, DEBIAN_FRONTEND: "noninteractive" } as unknown as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        text = `${text}${line}\n`.slice(-200_000);
        onLine(line);
      });
    const done = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { child, done, text: () => text };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #takeNetworkSettings(): void {
    const files = NETWORK_FILES.filter((file) => existsSync(file));
    for (const file of files) cpSync(file, path.join(this.folder, file), { recursive: true, dereference: true, force: true });
    // Only what apt needs to fetch; other files name hooks of packages that are not there.
    const settings = "/etc/apt/apt.conf.d";
    for (const name of readdirSync(settings)) {
      const text = readFileSync(path.join(settings, name), "utf8");
      if (/^\s*Acquire::/m.test(text)) writeFileSync(path.join(this.folder, settings, name), text);
    }
    writeFileSync(path.join(this.folder, "etc/apt/apt.conf.d/99fresh"), 'APT::Install-Recommends "false";\n');
  }
}

/** Where the checkout is that is tried, inside the machine; read-only. */
const SOURCE = path.resolve(import.meta.dirname, "../..");
/** Where it is cloned to, inside the machine. */
export const CHECKOUT = "/root/runnerscope";

export interface Started {
  child: ChildProcess;
  /** Its exit code; null: ended by a signal. */
  done: Promise<number | null>;
  /** The end of what it wrote. */
  text: () => string;
}

/** The mirror that this machine's own Debian uses. */
function debianMirror(): string {
  const files = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"].filter((file) => existsSync(file));
  const text = files.map((file) => readFileSync(file, "utf8").replaceAll(/^\s*#.*$/gm, "")).join("\n");
  return /https?:\/\/[^\s\]]+?\/debian\/?(?=\s)/.exec(text)?.[0] ?? "http://deb.debian.org/debian";
}
