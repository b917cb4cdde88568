import type { CertificateAuthority } from "../../testing/fake-api/certificate-authority.ts";

/** What a TLS server shows: its certificate, its key, and who signed it (PEM). */
export interface ServerTls {
  cert: string;
  key: string;
  ca: string;
}

/** The certificates of one name, good and expired, each made when it is first wanted; many servers may share them. */
export class ServerCertificates {
  readonly #authority: CertificateAuthority;
  readonly #name: { commonName: string; organization?: string };
  readonly #issued = new Map<"now" | "expired", Promise<ServerTls>>();

  constructor(authority: CertificateAuthority, name: { commonName: string; organization?: string }) {
    this.#authority = authority;
    this.#name = name;
  }

  get(validity: "now" | "expired"): Promise<ServerTls> {
    const found = this.#issued.get(validity);
    if (found) return found;
    const made = this.#authority
      .issue({ ...this.#name, server: true, validity })
      .then(({ certificate, key }) => ({ cert: certificate, key, ca: this.#authority.certificate }));
    this.#issued.set(validity, made);
    return made;
  }
}
