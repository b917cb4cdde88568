/** Somebody else's message (the scheduler's, a registry's): of more than `most` characters only the first lines, the whole of it when opened. */
export function LongText({ text, most }: { text: string; most: number }) {
  if (text.length <= most) return text;
  return (
    <details className="long-text">
      <summary title={text}>
        <span className="two-lines">{text}</span>
      </summary>
    </details>
  );
}
