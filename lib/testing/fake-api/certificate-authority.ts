import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface IssuedCertificate {
  certificate: string;
  key: string;
}

interface Wanted {
  commonName: string;
  organization?: string;
  /** A server certificate for 127.0.0.1 and localhost; else one for a client. */
  server: boolean;
  validity?: "now" | "expired" | "future";
}

const HOUR = 3_600_000;
const PERIODS = { now: [-HOUR, 24 * HOUR], expired: [-48 * HOUR, -24 * HOUR], future: [24 * HOUR, 48 * HOUR] } as const;

/** A CA of this process, made with Debian's openssl: Node can read X.509 but not make it. */
export class CertificateAuthority {
  readonly certificate: string;
  readonly #key: string;

  private constructor(certificate: string, key: string) {
    this.certificate = certificate;
    this.#key = key;
  }

  static async create(): Promise<CertificateAuthority> {
    return inFolder(async (folder) => {
      await newKey(folder, "ca.key");
      await openssl(folder, ["req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=kubernetes", "-days", "3650", "-out", "ca.crt"]);
      return new CertificateAuthority(
        await readFile(path.join(folder, "ca.crt"), "utf8"),
        await readFile(path.join(folder, "ca.key"), "utf8"),
      );
    });
  }

  async issue({ commonName, organization, server, validity = "now" }: Wanted): Promise<IssuedCertificate> {
    return inFolder(async (folder) => {
      await Promise.all([
        writeFile(path.join(folder, "ca.crt"), this.certificate),
        writeFile(path.join(folder, "ca.key"), this.#key),
        writeFile(path.join(folder, "index"), ""),
        // Two certificates of one CA with the same serial number confuse clients.
        writeFile(path.join(folder, "serial"), randomBytes(8).toString("hex")),
        writeFile(path.join(folder, "ca.cnf"), configuration(server)),
        newKey(folder, "own.key"),
      ]);
      const subject = `${organization ? `/O=${organization}` : ""}/CN=${commonName}`;
      await openssl(folder, ["req", "-new", "-key", "own.key", "-subj", subject, "-out", "own.csr"]);
      const [from, to] = PERIODS[validity];
      const dates = ["-startdate", asn1Time(from), "-enddate", asn1Time(to)];
      await openssl(folder, ["ca", "-batch", "-notext", "-config", "ca.cnf", ...dates, "-in", "own.csr", "-out", "own.crt"]);
      return {
        certificate: await readFile(path.join(folder, "own.crt"), "utf8"),
        key: await readFile(path.join(folder, "own.key"), "utf8"),
      };
    });
  }
}

let shared: Promise<CertificateAuthority> | undefined;

/** One CA for all servers of a process: making one costs two openssl runs. */
export function sharedAuthority(): Promise<CertificateAuthority> {
  shared ??= CertificateAuthority.create();
  return shared;
}

function configuration(server: boolean): string {
  const extensions = server
    ? "extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost"
    : "extendedKeyUsage=clientAuth";
  return `[ca]
default_ca=own
[own]
database=index
serial=serial
new_certs_dir=.
certificate=ca.crt
private_key=ca.key
default_md=sha256
policy=any
unique_subject=no
x509_extensions=extensions
[any]
organizationName=optional
commonName=supplied
[extensions]
basicConstraints=CA:FALSE
${extensions}
`;
}

function asn1Time(offsetMs: number): string {
  return `${new Date(Date.now() + offsetMs).toISOString().replace(/[-:T]|\.\d+Z/g, "")}Z`;
}

function newKey(folder: string, name: string) {
  return openssl(folder, ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name]);
}

async function openssl(folder: string, args: string[]): Promise<void> {
  try {
    await run("openssl", args, { cwd: folder });
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new Error(missing ? "The fake API server needs openssl: apt-get install openssl" : `openssl ${args[0]}: ${String(error)}`, {
      cause: error,
    });
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), "fake-api-ca-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
