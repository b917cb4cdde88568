/**
 * The JSON documents in a text, one after the other: kubectl writes watch events on a line each, or indented over many lines.
 * A last document that was cut (the recording ended in the middle of it) is left out; text between documents is an Error that names the place.
 */
export function splitJson(text: string): string[] {
  const documents: string[] = [];
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (inString) {
      if (character === 0x5c) at++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22 && depth > 0) inString = true;
    else if (character === 0x7b || character === 0x5b) {
      if (depth === 0) start = at;
      depth++;
    } else if (character === 0x7d || character === 0x5d) {
      depth--;
      if (depth < 0) throw new Error(`a bracket too many at character ${at}`);
      if (depth === 0) documents.push(text.slice(start, at + 1));
    } else if (depth === 0 && character > 0x20) throw new Error(`no JSON at character ${at}: ${text.slice(at, at + 20)}`);
  }
  return documents;
}
