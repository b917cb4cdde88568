import "server-only";
import type { Clock } from "../../base/clock.ts";
import { SecretFile } from "../../base/server/secret-file.ts";
import { GitlabError } from "./gitlab-error.ts";

/** Any GitLab token is far shorter. */
const MAX_LENGTH = 2_048;

/** The token in `GITLAB_TOKEN_FILE`. Its `read` throws GitlabError `credentials`. */
export class TokenFile extends SecretFile {
  constructor(file: string, clock: Clock) {
    const fail = (text: string) => new GitlabError("credentials", text);
    super({ file, variable: "GITLAB_TOKEN_FILE", maxLength: MAX_LENGTH, fail }, clock);
  }
}
