/** Text of more characters than this is cut to two lines, and opens on demand. */
const LONG = 170;

/** Somebody else's message (the scheduler's, a registry's): two lines, the whole of it when opened. */
export function LongText({ text }: { text: string }) {
  if (text.length <= LONG) return text;
  return (
    <details className="long-text">
      <summary title={text}>
        <span className="two-lines">{text}</span>
      </summary>
    </details>
  );
}
