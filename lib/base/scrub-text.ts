import { detachText } from "./detach-text.ts";

/** Longest text kept where the caller names no bound, in UTF-16 units. */
const MESSAGE_LENGTH = 1024;
const REMOVED = "[removed]";
const ESC = String.fromCodePoint(0x1b);

/** CSI and OSC sequences, then whatever single escape is left (ECMA-48). */
const ANSI = new RegExp(`${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${ESC}\\u0007]*(?:\\u0007|${ESC}\\\\)?|[@-Z\\\\-_])`, "gu");
/** Control characters but line feed and tab, and the ones that turn or break lines invisibly (bidi controls, line and paragraph separators). */
const CONTROL = /[^\P{Cc}\n\t]|[\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;
/** Without one of these neither of the two above can match: the quick way for nearly every text. */
const UNCLEAN = new RegExp(String.raw`[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069]`);
/** A text without any of these characters and words cannot match a rule below. */
const SUSPICIOUS = /[@=]|-----BEGIN|bearer|basic|token|passw|passphrase|secret|key|signature|credential|eyJ|gl[a-z]{2,5}-|GR1348941/i;

const RULES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g, REMOVED],
  // `//user:pass@host`, also with `@` in the password; then a password that holds `/`, which is not a port with a path.
  [/\/\/[^\s/"'`<>]*@/g, `//${REMOVED}@`],
  [/\/\/[^\s/@:"'`<>]+:(?!\d{1,5}\/)[^\s@"'`<>]+@/g, `//${REMOVED}@`],
  [/\b(bearer|basic)(\s+)[\w.~+/-]{8,}=*/gi, `$1$2${REMOVED}`],
  // `token=x`, `"password": "x"`, `X-Amz-Signature=x`, `DB_PASSWORD: x`.
  [
    /(?<![\w-])([\w-]*(?:token|passw(?:or)?d|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|signature|credential)s?[\w-]*["']?[ \t]?[=:][ \t]?)("[^"]*"?|'[^']*'?|[^\s&,;"'<>]+)/gi,
    `$1${REMOVED}`,
  ],
  [/([?&](?:sig|auth|key)=)[^\s&"'<>]+/gi, `$1${REMOVED}`],
  [/\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*/g, REMOVED],
  // GitLab's own token prefixes (docs: security/tokens, "token prefixes").
  [/\b(?:gl(?:pat|rt|rtr|dt|cbt|ptt|ft|imt|agent|soat|oas|ffct|wt)-|GR1348941)[\w.-]{8,}/g, REMOVED],
];

/**
 * A foreign text, fit to be kept: credentials, PEM blocks, escape sequences and control characters removed, cut to `maxLength`.
 * Still untrusted: never markup, never a path.
 */
export function scrubText(text: string, maxLength: number = MESSAGE_LENGTH): string {
  const whole = text.length <= 4 * maxLength ? text : beginning(text, 4 * maxLength);
  const clean = UNCLEAN.test(whole) ? whole.replace(ANSI, "").replace(CONTROL, "") : whole;
  const kept = cut(SUSPICIOUS.test(clean) ? redact(clean) : clean, maxLength);
  return kept === text ? kept : detachText(kept);
}

function redact(text: string): string {
  let result = text;
  for (const [pattern, replacement] of RULES) result = result.replace(pattern, replacement);
  return result;
}

/** Bounds the work on hostile texts. Ends at white space, so that no credential is cut in two and then not recognised. */
function beginning(text: string, length: number): string {
  const end = text.slice(0, length).search(/\s\S*$/);
  return end === -1 ? "…" : `${text.slice(0, end)}…`;
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = length - 1;
  const last = text.codePointAt(end - 1) ?? 0;
  // Not between the two halves of a surrogate pair.
  return `${text.slice(0, last > 0xffff ? end - 1 : end)}…`;
}
