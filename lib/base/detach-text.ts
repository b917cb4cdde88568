/**
 * The same text in memory of its own. V8 keeps a whole string alive behind a slice of it (SlicedString), and with it what was cut off
 * because nobody should keep it: the password of an image reference stayed on the heap that way.
 */
export function detachText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
